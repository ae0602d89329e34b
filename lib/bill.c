#include "lib/bill.h"

void bill_done(struct bill *bill)
{
	for (size_t i = 0; i < bill->package_count; i++) {
		free(bill->packages[i].name);
		free(bill->packages[i].version);
		free(bill->packages[i].architecture);
		free(bill->packages[i].suite);
	}
	for (size_t i = 0; i < bill->file_count; i++) {
		free(bill->files[i].path);
		free(bill->files[i].target);
		free(bill->files[i].reason);
		free(bill->files[i].because);
	}
	free(bill->packages);
	free(bill->files);
	*bill = BILL_INIT;
}

/* The end of a path is less than a slash, a slash than anything else. */
static int rank(char c)
{
	if (c == '\0')
		return -1;
	return c == '/' ? 0 : (int)(unsigned char)c;
}

int bill_compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

const struct bill_file *bill_find(const struct bill *bill, const char *path)
{
	size_t low = 0, high = bill->file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = bill_compare_paths(bill->files[middle].path, path);

		if (order == 0)
			return &bill->files[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
