/* A comparison as text and as JSON, and a baseline on its way. */
#include "mount/diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char *const change_names[] = {
	[DIFF_ADDED] = "added",
	[DIFF_CHANGED] = "changed",
	[DIFF_DELETED] = "deleted",
	[DIFF_REPLACED] = "replaced",
};

static const struct {
	unsigned int trait;
	const char *name;
} trait_names[] = {
	{ DIFF_ELF, "ELF" },	    { DIFF_SCRIPT, "script" },
	{ DIFF_SETUID, "set-uid" }, { DIFF_SETGID, "set-gid" },
	{ DIFF_DEVICE, "device" },
};

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

/* --- For people ----------------------------------------------------------- */

static void print_entry(const struct diff_entry *entry, struct buf *text)
{
	static const char marks[] = { [DIFF_ADDED] = '+',
				      [DIFF_CHANGED] = '!',
				      [DIFF_DELETED] = '-',
				      [DIFF_REPLACED] = '=' };
	const char *separator = "  (";
	bool any = false;

	buf_printf(text, "%c %s", marks[entry->change], entry->path);
	if (S_ISDIR(entry->mode))
		buf_putc(text, '/');
	if (entry->target)
		buf_printf(text, " -> %s", entry->target);
	for (size_t i = 0; i < ARRAY_SIZE(trait_names); i++) {
		if (!(entry->traits & trait_names[i].trait))
			continue;
		buf_printf(text, "%s%s", separator, trait_names[i].name);
		separator = ", ";
		any = true;
	}
	buf_puts(text, any ? ")\n" : "\n");
}

void diff_print_text(const struct diff *diff, struct buf *text)
{
	for (size_t i = 0; i < diff->count; i++)
		print_entry(&diff->entries[i], text);
	if (diff->truncated)
		buf_puts(text, "... and more\n");
}

/* --- JSON ----------------------------------------------------------------- */

static json_t *traits_json(unsigned int traits)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(trait_names); i++)
		if (traits & trait_names[i].trait)
			json_array_append_new(array,
					      json_string(trait_names[i].name));
	return array;
}

static json_t *entry_json(const struct diff_entry *entry, uint32_t range_base)
{
	char mode[8];

	if (entry->change == DIFF_DELETED)
		return json_pack("{s:s,s:s}", "change",
				 change_names[entry->change], "path",
				 entry->path);
	(void)snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777);
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:b,s:o,s:s*}", "change",
			 change_names[entry->change], "path", entry->path,
			 "type", type_name(entry->mode), "mode", mode, "uid",
			 (json_int_t)entry->uid - range_base, "gid",
			 (json_int_t)entry->gid - range_base, "size",
			 (json_int_t)entry->size, "executable",
			 (entry->traits & DIFF_EXECUTABLE) != 0, "traits",
			 traits_json(entry->traits), "target", entry->target);
}

json_t *diff_print_json(const struct diff *diff, uint32_t range_base)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diff->count; i++)
		json_array_append_new(
			array, entry_json(&diff->entries[i], range_base));
	return json_pack("{s:o,s:b}", "changes", array, "truncated",
			 diff->truncated);
}

/* --- Baselines ------------------------------------------------------------ */

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
