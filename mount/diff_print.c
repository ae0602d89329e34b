/* A comparison as text and as JSON, and read back from that. */
#include "mount/diff.h"

#include "mount/diff_class.h"

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

static const struct {
	mode_t type;
	const char *name;
} type_names[] = {
	{ S_IFREG, "file" }, { S_IFDIR, "directory" }, { S_IFLNK, "link" },
	{ S_IFIFO, "fifo" }, { S_IFSOCK, "socket" },   { S_IFCHR, "device" },
};

static const char *type_name(mode_t mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		if (type_names[i].type == (mode & S_IFMT))
			return type_names[i].name;
	return "device";
}

/* --- For people ----------------------------------------------------------- */

void diff_print_entry(const struct diff_entry *entry, struct buf *text)
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
	if (entry->kept) {
		buf_printf(text, "%skept", separator);
		separator = ", ";
		any = true;
	}
	if (entry->digest) {
		buf_printf(text, "%ssha256 %s", separator, entry->digest);
		any = true;
	}
	buf_puts(text, any ? ")\n" : "\n");
}

void diff_print_text(const struct diff *diff, struct buf *text)
{
	for (size_t i = 0; i < diff->count; i++)
		diff_print_entry(&diff->entries[i], text);
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

/* What is there of something that was not deleted. */
static void add_file(json_t *object, const struct diff_entry *entry,
		     uint32_t range_base)
{
	char mode[8];
	json_t *more;

	(void)snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777);
	more = json_pack("{s:s,s:s,s:I,s:I,s:I,s:b,s:o,s:s*,s:s*}", "type",
			 type_name(entry->mode), "mode", mode, "uid",
			 (json_int_t)entry->uid - range_base, "gid",
			 (json_int_t)entry->gid - range_base, "size",
			 (json_int_t)entry->size, "executable",
			 (entry->traits & DIFF_EXECUTABLE) != 0, "traits",
			 traits_json(entry->traits), "target", entry->target,
			 "sha256", entry->digest);
	json_object_update(object, more);
	json_decref(more);
}

static json_t *entry_json(const struct diff_entry *entry, uint32_t range_base)
{
	json_t *object = json_pack(
		"{s:s,s:s,s:s}", "change", change_names[entry->change], "path",
		entry->path, "class", diff_class_name(diff_classify(entry)));

	if (entry->change != DIFF_DELETED)
		add_file(object, entry, range_base);
	if (entry->at_start)
		json_object_set_new(object, "at_start", json_true());
	if (entry->kept)
		json_object_set_new(object, "kept", json_true());
	return object;
}

json_t *diff_print_json(const struct diff *diff, uint32_t range_base)
{
	json_t *array = json_array();
	size_t counts[DIFF_CLASSES];

	for (size_t i = 0; i < diff->count; i++)
		json_array_append_new(
			array, entry_json(&diff->entries[i], range_base));
	diff_count(diff, counts);
	return json_pack("{s:o,s:o,s:b}", "changes", array, "classes",
			 diff_counts_json(counts), "truncated",
			 diff->truncated);
}

/* --- Read back ------------------------------------------------------------ */

static int read_change(const char *name, enum diff_change *ret_change)
{
	for (size_t i = 0; i < ARRAY_SIZE(change_names); i++) {
		if (strcmp(change_names[i], name) != 0)
			continue;
		*ret_change = (enum diff_change)i;
		return 0;
	}
	return -EBADMSG;
}

static mode_t read_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		if (strcmp(type_names[i].name, name) == 0)
			return type_names[i].type;
	return S_IFCHR;
}

static unsigned int read_traits(const json_t *array)
{
	unsigned int traits = 0;
	size_t index;
	json_t *word;

	json_array_foreach(array, index, word)
	{
		for (size_t i = 0; i < ARRAY_SIZE(trait_names); i++)
			if (json_is_string(word) &&
			    strcmp(json_string_value(word),
				   trait_names[i].name) == 0)
				traits |= trait_names[i].trait;
	}
	return traits;
}

static int read_file(json_t *json, struct diff_entry *entry)
{
	json_int_t uid, gid, size;
	const char *type, *mode, *target = NULL;
	int executable;

	if (json_unpack(json, "{s:s,s:s,s:I,s:I,s:I,s:b,s?s}", "type", &type,
			"mode", &mode, "uid", &uid, "gid", &gid, "size", &size,
			"executable", &executable, "target", &target) < 0)
		return -EBADMSG;
	entry->mode =
		read_type(type) | ((mode_t)strtoul(mode, NULL, 8) & 07777);
	entry->uid = (uid_t)uid;
	entry->gid = (gid_t)gid;
	entry->size = (uint64_t)size;
	entry->traits = read_traits(json_object_get(json, "traits"));
	if (executable)
		entry->traits |= DIFF_EXECUTABLE;
	if (target)
		entry->target = strdup(target);
	return target && !entry->target ? -ENOMEM : 0;
}

static int read_entry(json_t *json, struct diff_entry *entry)
{
	const char *change, *path;
	int at_start = 0, kept = 0, r;

	if (json_unpack(json, "{s:s,s:s,s?b,s?b}", "change", &change, "path",
			&path, "at_start", &at_start, "kept", &kept) < 0)
		return -EBADMSG;
	r = read_change(change, &entry->change);
	if (r < 0)
		return r;
	entry->at_start = at_start;
	entry->kept = kept;
	entry->path = strdup(path);
	if (!entry->path)
		return -ENOMEM;
	return entry->change == DIFF_DELETED ? 0 : read_file(json, entry);
}

int diff_read_json(const json_t *json, struct diff *ret_diff, struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	const json_t *changes = json_object_get(json, "changes");
	size_t count = json_array_size(changes);

	if (!json_is_array(changes))
		return diag_set(diag, -EBADMSG, "there are no changes in it");
	diff.entries = calloc(count + 1, sizeof(*diff.entries));
	if (!diff.entries)
		return diag_oom(diag);
	while (diff.count < count) {
		struct diff_entry *entry = &diff.entries[diff.count++];
		int r = read_entry(json_array_get(changes, diff.count - 1),
				   entry);

		if (r < 0 && !entry->path)
			diff.count--;
		if (r < 0)
			return diag_errno(diag, r, "change %zu", diff.count);
	}
	diff.truncated = json_is_true(json_object_get(json, "truncated"));
	diff_sort(&diff);
	*ret_diff = diff;
	diff = DIFF_INIT;
	return 0;
}
