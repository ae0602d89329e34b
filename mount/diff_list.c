/* Entries of a comparison, as a list. */
#include "mount/diff.h"

#include <string.h>

void diff_entry_done(struct diff_entry *entry)
{
	free(entry->path);
	free(entry->target);
	free(entry->digest);
}

void diff_done(struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		diff_entry_done(&diff->entries[i]);
	free(diff->entries);
	*diff = DIFF_INIT;
}

int diff_compare_entries(const void *a, const void *b)
{
	const struct diff_entry *left = a, *right = b;

	if (left->layer != right->layer)
		return left->layer < right->layer ? -1 : 1;
	return strcmp(left->path, right->path);
}

void diff_sort(struct diff *diff)
{
	if (diff->count)
		qsort(diff->entries, diff->count, sizeof(*diff->entries),
		      diff_compare_entries);
}

int diff_append(struct diff *diff, struct diff *more, struct diag *diag)
{
	struct diff_entry *grown = reallocarray(
		diff->entries, diff->count + more->count + 1, sizeof(*grown));

	if (!grown)
		return diag_oom(diag);
	if (more->count)
		memcpy(grown + diff->count, more->entries,
		       more->count * sizeof(*grown));
	diff->entries = grown;
	diff->count += more->count;
	diff->truncated = diff->truncated || more->truncated;
	more->count = 0;
	return 0;
}
