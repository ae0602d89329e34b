/* A comparison as text and as JSON. */
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
