/* Which packages differ, and what takes more or less than before. */
#include "lib/path.h"
#include "pack/diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool same_name(const struct bill_package *a,
		      const struct bill_package *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       strcmp(a->architecture, b->architecture) == 0;
}

static const struct bill_package *find_package(const struct bill *bill,
					       const struct bill_package *like)
{
	for (size_t i = 0; i < bill->package_count; i++) {
		if (same_name(&bill->packages[i], like))
			return &bill->packages[i];
	}
	return NULL;
}

static int add_package(struct diff *diff, enum diff_kind kind,
		       const struct bill_package *old,
		       const struct bill_package *new)
{
	if (array_grow(&diff->packages, diff->package_count,
		       sizeof(*diff->packages)) < 0)
		return -ENOMEM;
	diff->packages[diff->package_count++] =
		(struct diff_package){ kind, old, new };
	return 0;
}

static int compare_packages(const void *a, const void *b)
{
	const struct diff_package *x = a, *y = b;
	const struct bill_package *one = x->old ? x->old : x->new;
	const struct bill_package *other = y->old ? y->old : y->new;
	int order = strcmp(one->name, other->name);

	return order ? order : strcmp(one->architecture, other->architecture);
}

int diff_packages(struct diff *diff)
{
	const struct bill *old = &diff->sides[0].bill;
	const struct bill *new = &diff->sides[1].bill;
	int r = 0;

	for (size_t i = 0; r == 0 && i < old->package_count; i++) {
		const struct bill_package *before = &old->packages[i];
		const struct bill_package *after = find_package(new, before);

		if (!after)
			r = add_package(diff, DIFF_REMOVED, before, NULL);
		else if (strcmp(before->version, after->version) != 0)
			r = add_package(diff, DIFF_CHANGED, before, after);
	}
	for (size_t i = 0; r == 0 && i < new->package_count; i++) {
		if (!find_package(old, &new->packages[i]))
			r = add_package(diff, DIFF_ADDED, NULL,
					&new->packages[i]);
	}
	if (r == 0 && diff->package_count)
		qsort(diff->packages, diff->package_count,
		      sizeof(*diff->packages), compare_packages);
	return r;
}

static bool is_listed(const struct diff *diff,
		      const struct bill_package *package)
{
	for (size_t i = 0; i < diff->package_count; i++) {
		if (diff->packages[i].old == package ||
		    diff->packages[i].new == package)
			return true;
	}
	return false;
}

bool diff_package_is_same(const struct diff *diff, const struct bill_file *old,
			  const struct bill_file *new)
{
	const struct bill_file *files[] = { old, new };

	for (int i = 0; i < 2; i++) {
		const struct bill *bill = &diff->sides[i].bill;

		if (files[i] && files[i]->package != BILL_NO_PACKAGE &&
		    is_listed(diff, &bill->packages[files[i]->package]))
			return false;
	}
	return true;
}

/* --- Sizes --- */

/* "/srv" for "/srv/www/x"; "/" for what lies there itself. */
static char *top_directory(const char *path)
{
	const char *slash = strchr(path + 1, '/');

	return slash ? strndup(path, (size_t)(slash - path)) : strdup("/");
}

static int add_size(struct diff *diff, int side, const char *name,
		    bool is_package, uint64_t bytes)
{
	struct diff_size *size = NULL;

	for (size_t i = 0; !size && i < diff->size_count; i++) {
		if (diff->sizes[i].is_package == is_package &&
		    strcmp(diff->sizes[i].name, name) == 0)
			size = &diff->sizes[i];
	}
	if (!size) {
		struct diff_size fresh = { strdup(name), is_package, 0, 0 };

		if (!fresh.name || array_grow(&diff->sizes, diff->size_count,
					      sizeof(*diff->sizes)) < 0) {
			free(fresh.name);
			return -ENOMEM;
		}
		size = &diff->sizes[diff->size_count++];
		*size = fresh;
	}
	if (side == 0)
		size->old += bytes;
	else
		size->new += bytes;
	return 0;
}

static int add_sizes(struct diff *diff, int side)
{
	const struct bill *bill = &diff->sides[side].bill;
	CLEANUP_FREE uint64_t *packages =
		calloc(bill->package_count + 1, sizeof(*packages));
	int r = packages ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];
		CLEANUP_FREE char *top = NULL;

		if (!S_ISREG(file->mode))
			continue;
		if (file->package != BILL_NO_PACKAGE) {
			packages[file->package] += file->size;
			continue;
		}
		top = top_directory(file->path);
		r = top ? add_size(diff, side, top, false, file->size)
			: -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < bill->package_count; i++)
		r = add_size(diff, side, bill->packages[i].name, true,
			     packages[i]);
	return r;
}

static uint64_t change_of(const struct diff_size *size)
{
	return size->old > size->new ? size->old - size->new
				     : size->new - size->old;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct diff_size *x = a, *y = b;
	uint64_t one = change_of(x), other = change_of(y);

	if (one != other)
		return one > other ? -1 : 1;
	if (x->is_package != y->is_package)
		return x->is_package ? -1 : 1;
	return strcmp(x->name, y->name);
}

int diff_sizes(struct diff *diff)
{
	size_t kept = 0;
	int r = add_sizes(diff, 0);

	if (r == 0)
		r = add_sizes(diff, 1);
	if (r < 0)
		return r;
	for (size_t i = 0; i < diff->size_count; i++) {
		if (diff->sizes[i].old == diff->sizes[i].new)
			free(diff->sizes[i].name);
		else
			diff->sizes[kept++] = diff->sizes[i];
	}
	diff->size_count = kept;
	if (kept)
		qsort(diff->sizes, kept, sizeof(*diff->sizes), compare_sizes);
	return 0;
}
