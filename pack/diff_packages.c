/* Which packages differ, and what takes more or less than before. */
#include "pack/diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int compare_packages(const struct bill_package *a,
			    const struct bill_package *b)
{
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->architecture, b->architecture);
}

static int compare_sorted(const void *a, const void *b)
{
	const struct bill_package *x = *(const struct bill_package *const *)a;
	const struct bill_package *y = *(const struct bill_package *const *)b;
	int order = compare_packages(x, y);

	return order ? order : strcmp(x->version, y->version);
}

/* The packages of an image by name; NULL when memory runs out. */
static const struct bill_package **sort_packages(const struct bill *bill)
{
	const struct bill_package **sorted = calloc(
		bill->package_count + 1, sizeof(const struct bill_package *));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < bill->package_count; i++)
		sorted[i] = &bill->packages[i];
	if (bill->package_count)
		qsort(sorted, bill->package_count,
		      sizeof(const struct bill_package *), compare_sorted);
	return sorted;
}

static void mark(struct diff_side *side, const struct bill_package *package)
{
	if (package)
		side->package_changed[package - side->bill.packages] = true;
}

static int add_package(struct diff *diff, const struct bill_package *old,
		       const struct bill_package *new)
{
	if (old && new &&strcmp(old->version, new->version) == 0)
		return 0;
	if (array_grow(&diff->packages, diff->package_count,
		       sizeof(*diff->packages)) < 0)
		return -ENOMEM;
	diff->packages[diff->package_count++] = (struct diff_package){
		.kind = !old   ? DIFF_ADDED
			: !new ? DIFF_REMOVED
			       : DIFF_CHANGED,
		.old = old,
		.new = new,
	};
	mark(&diff->sides[0], old);
	mark(&diff->sides[1], new);
	return 0;
}

int diff_packages(struct diff *diff)
{
	CLEANUP_FREE const struct bill_package **old =
		sort_packages(&diff->sides[0].bill);
	CLEANUP_FREE const struct bill_package **new =
		sort_packages(&diff->sides[1].bill);
	size_t i = 0, j = 0;
	int r = old && new ? 0 : -ENOMEM;

	for (int side = 0; side < 2; side++) {
		diff->sides[side].package_changed = calloc(
			diff->sides[side].bill.package_count + 1, sizeof(bool));
		if (!diff->sides[side].package_changed)
			r = -ENOMEM;
	}
	while (r == 0 && (old[i] || new[j])) {
		int order = !old[i]   ? 1
			    : !new[j] ? -1
				      : compare_packages(old[i], new[j]);

		r = add_package(diff, order <= 0 ? old[i] : NULL,
				order >= 0 ? new[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

bool diff_package_is_same(const struct diff *diff, const struct bill_file *old,
			  const struct bill_file *new)
{
	const struct bill_file *files[] = { old, new };

	for (int side = 0; side < 2; side++) {
		if (files[side] && files[side]->package != BILL_NO_PACKAGE &&
		    diff->sides[side].package_changed[files[side]->package])
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

/* One name may be added several times. */
static int add_size(struct diff *diff, int side, const char *name,
		    bool is_package, uint64_t bytes)
{
	struct diff_size size = {
		.name = strdup(name),
		.is_package = is_package,
		.old = side == 0 ? bytes : 0,
		.new = side == 1 ? bytes : 0,
	};

	if (!size.name || array_grow(&diff->sizes, diff->size_count,
				     sizeof(*diff->sizes)) < 0) {
		free(size.name);
		return -ENOMEM;
	}
	diff->sizes[diff->size_count++] = size;
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

static int compare_names(const void *a, const void *b)
{
	const struct diff_size *x = a, *y = b;

	if (x->is_package != y->is_package)
		return x->is_package ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* One for each name, of those that differ. */
static void merge_sizes(struct diff *diff)
{
	size_t kept = 0;

	if (diff->size_count)
		qsort(diff->sizes, diff->size_count, sizeof(*diff->sizes),
		      compare_names);
	for (size_t i = 0, next; i < diff->size_count; i = next) {
		struct diff_size sum = diff->sizes[i];

		for (next = i + 1; next < diff->size_count &&
				   compare_names(&sum, &diff->sizes[next]) == 0;
		     next++) {
			sum.old += diff->sizes[next].old;
			sum.new += diff->sizes[next].new;
			free(diff->sizes[next].name);
		}
		if (sum.old == sum.new)
			free(sum.name);
		else
			diff->sizes[kept++] = sum;
	}
	diff->size_count = kept;
}

static uint64_t change_of(const struct diff_size *size)
{
	return size->old > size->new ? size->old - size->new
				     : size->new - size->old;
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t one = change_of(a), other = change_of(b);

	if (one != other)
		return one > other ? -1 : 1;
	return compare_names(a, b);
}

int diff_sizes(struct diff *diff)
{
	int r = add_sizes(diff, 0);

	if (r == 0)
		r = add_sizes(diff, 1);
	if (r < 0)
		return r;
	merge_sizes(diff);
	if (diff->size_count)
		qsort(diff->sizes, diff->size_count, sizeof(*diff->sizes),
		      compare_sizes);
	return 0;
}
