/* Since when: a comparison made earlier, and what has changed from it. */
#include "mount/diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_unchanged(const struct diff_entry *now,
			 const struct diff_entry *then)
{
	if (now->inode != then->inode || now->mode != then->mode ||
	    now->uid != then->uid || now->gid != then->gid)
		return false;
	/* A directory's times change with what is in it, which is told by
	 * entries of its own. */
	return S_ISDIR(now->mode) || now->changed_ns == then->changed_ns;
}

static int add_vanished(struct diff *diff, const struct diff_entry *then)
{
	struct diff_entry entry = { .layer = then->layer,
				    .change = DIFF_DELETED };

	if (array_grow(&diff->entries, diff->count, sizeof(entry)) < 0)
		return -ENOMEM;
	entry.path = strdup(then->path);
	if (!entry.path)
		return -ENOMEM;
	diff->entries[diff->count++] = entry;
	return 0;
}

int diff_subtract(struct diff *diff, const struct diff *baseline,
		  struct diag *diag)
{
	size_t before = diff->count;
	size_t kept = 0;
	int r = 0;

	/* First what has vanished, while the entries are still in order. */
	for (size_t i = 0; r == 0 && i < baseline->count; i++) {
		const struct diff_entry *then = &baseline->entries[i];

		if (then->change == DIFF_DELETED || diff->truncated ||
		    (before && bsearch(then, diff->entries, before,
				       sizeof(*then), diff_compare_entries)))
			continue;
		r = add_vanished(diff, then);
	}
	if (r < 0)
		return diag_oom(diag);
	for (size_t i = 0; i < diff->count; i++) {
		struct diff_entry *now = &diff->entries[i];
		const struct diff_entry *then = NULL;

		if (i < before && baseline->count)
			then = bsearch(now, baseline->entries, baseline->count,
				       sizeof(*now), diff_compare_entries);
		if (then && is_unchanged(now, then))
			diff_entry_done(now);
		else
			diff->entries[kept++] = *now;
	}
	diff->count = kept;
	diff_sort(diff);
	return 0;
}

void diff_mark(struct diff *diff, const struct diff *baseline)
{
	for (size_t i = 0; baseline->count && i < diff->count; i++) {
		struct diff_entry *now = &diff->entries[i];
		const struct diff_entry *then =
			bsearch(now, baseline->entries, baseline->count,
				sizeof(*now), diff_compare_entries);

		now->at_start = then && then->change == now->change &&
				is_unchanged(now, then);
	}
}

/* --- On its way from the supervisor to the client ------------------------- */

json_t *diff_baseline_write(const struct diff *baseline)
{
	json_t *array = json_array();

	for (size_t i = 0; i < baseline->count; i++) {
		const struct diff_entry *entry = &baseline->entries[i];

		json_array_append_new(array,
				      json_pack("[I,s,i,I,I,I,I,I]",
						(json_int_t)entry->layer,
						entry->path, (int)entry->change,
						(json_int_t)entry->inode,
						(json_int_t)entry->changed_ns,
						(json_int_t)entry->mode,
						(json_int_t)entry->uid,
						(json_int_t)entry->gid));
	}
	return array;
}

static int read_entry(json_t *json, struct diff_entry *entry)
{
	json_int_t layer, inode, changed, mode, uid, gid;
	const char *path;
	int change;

	if (json_unpack(json, "[I,s,i,I,I,I,I,I]", &layer, &path, &change,
			&inode, &changed, &mode, &uid, &gid) < 0)
		return -EBADMSG;
	*entry = (struct diff_entry){
		.layer = (size_t)layer,
		.path = strdup(path),
		.change = (enum diff_change)change,
		.inode = (ino_t)inode,
		.changed_ns = changed,
		.mode = (mode_t)mode,
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
	};
	return entry->path ? 0 : -ENOMEM;
}

int diff_baseline_read(const json_t *json, struct diff *ret_baseline,
		       struct diag *diag)
{
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;
	size_t count = json_array_size(json);

	baseline.entries = calloc(count + 1, sizeof(*baseline.entries));
	if (!baseline.entries)
		return diag_oom(diag);
	for (size_t i = 0; i < count; i++) {
		int r = read_entry(json_array_get(json, i),
				   &baseline.entries[i]);

		if (r < 0)
			return diag_errno(diag, r, "the jail's baseline");
		baseline.count++;
	}
	*ret_baseline = baseline;
	baseline = DIFF_INIT;
	return 0;
}
