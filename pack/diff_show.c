/* What differs, told to people: what matters most first, and only what there
 * is. */
#include "pack/diff_show.h"
#include "lib/debian_version.h"
#include "lib/printable.h"
#include "lib/show.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { SIZES_SHOWN = 10 };

struct buf *diff_line(struct diff_section *section, char mark)
{
	if (section->title)
		buf_printf(section->text, "%s\n", section->title);
	section->title = NULL;
	buf_printf(section->text, "  %c ", mark);
	return section->text;
}

char diff_mark(enum diff_kind kind)
{
	return kind == DIFF_ADDED ? '+' : kind == DIFF_REMOVED ? '-' : '~';
}

/* --- Packages, objects --- */

static void show_packages(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "packages" };

	for (size_t i = 0; i < diff->package_count; i++) {
		const struct diff_package *package = &diff->packages[i];
		const struct bill_package *old = package->old;
		const struct bill_package *any = old ? old : package->new;

		(void)diff_line(&section, diff_mark(package->kind));
		printable_puts(text, any->name);
		buf_puts(text, " (");
		printable_puts(text, any->architecture);
		buf_puts(text, ") ");
		printable_puts(text, any->version);
		if (package->kind == DIFF_CHANGED) {
			buf_puts(text, " -> ");
			printable_puts(text, package->new->version);
			if (debian_version_compare(old->version,
						   package->new->version) > 0)
				buf_puts(text, ", an older one");
		}
		buf_putc(text, '\n');
	}
}

static bool has_name(char *const *names, const char *name)
{
	for (; names && *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* Names that are in `names` and not in `others`. */
static void show_needs(struct buf *text, const char *what, char *const *names,
		       char *const *others)
{
	for (; names && *names; names++) {
		if (has_name(others, *names))
			continue;
		buf_puts(text, what);
		printable_puts(text, *names);
	}
}

static void show_object(struct diff_section *section,
			const struct diff_object *object)
{
	const struct elf *old = object->old ? &object->old->object[0] : NULL;
	const struct elf *new = object->new ? &object->new->object[1] : NULL;
	const struct elf *any = new ? new : old;
	struct buf *text = diff_line(section, diff_mark(object->kind));

	if (any->soname) {
		printable_puts(text, any->soname);
		buf_puts(text, "  ");
	}
	printable_puts(text, object->old ? object->old->old->path
					 : object->new->new->path);
	if (object->old && object->new && object->old != object->new) {
		buf_puts(text, " -> ");
		printable_puts(text, object->new->new->path);
	}
	if (old && new) {
		show_needs(text, ", now needs ", new->needed, old->needed);
		show_needs(text, ", no longer needs ", old->needed,
			   new->needed);
	}
	buf_putc(text, '\n');
}

static void show_objects(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "programs and libraries" };

	for (size_t i = 0; i < diff->object_count; i++)
		show_object(&section, &diff->objects[i]);
}

/* --- Powers --- */

void diff_show_owner_mode(struct buf *text, const struct bill_file *file)
{
	buf_printf(text, "%04o %" PRIu32 "/%" PRIu32,
		   (unsigned int)(file->mode & ALLPERMS), file->uid, file->gid);
}

void diff_show_path(struct buf *text, const struct diff_file *file)
{
	buf_putc(text, ' ');
	printable_puts(text, file->old ? file->old->path : file->new->path);
	buf_putc(text, '\n');
}

unsigned int diff_set_id(const struct bill_file *file)
{
	return file ? file->mode & (S_ISUID | S_ISGID) : 0;
}

static void show_set_id(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "set-id" };

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		unsigned int old = diff_set_id(file->old),
			     new = diff_set_id(file->new);
		/* Another owner, or another program, is another power. */
		bool changed =
			old != new ||
			((old || new) && (file->content || file->owner_mode));

		if (!changed)
			continue;
		(void)diff_line(&section, !old ? '+' : !new ? '-' : '~');
		if (old)
			diff_show_owner_mode(text, file->old);
		if (old && new)
			buf_puts(text, " -> ");
		if (new)
			diff_show_owner_mode(text, file->new);
		diff_show_path(text, file);
	}
}

static void show_capabilities(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "capabilities" };

	for (int side = 1; side >= 0; side--) {
		for (int i = 0; i < 64; i++) {
			const char *name = capability_name(i);

			if (diff->capabilities[side] >> i & 1)
				buf_printf(
					diff_line(&section, side ? '+' : '-'),
					"%s\n", name ? name : "unknown");
		}
	}
}

static void show_value(struct buf *text, const json_t *value)
{
	char *dump;

	if (json_is_string(value)) {
		printable_puts(text, json_string_value(value));
		return;
	}
	dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
					 JSON_ENSURE_ASCII | JSON_SORT_KEYS);
	if (dump)
		printable_puts(text, dump);
	else
		text->failed = true;
	free(dump);
}

/* What the contract says twice is told once: capabilities, and which devices
 * may be opened. */
static bool is_told(const struct diff_value *value)
{
	return strncmp(value->path, "process.capabilities",
		       strlen("process.capabilities")) == 0 ||
	       strncmp(value->path, "linux.resources.devices",
		       strlen("linux.resources.devices")) == 0;
}

static void show_contract(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "contract" };

	for (size_t i = 0; i < diff->value_count; i++) {
		const struct diff_value *value = &diff->values[i];

		if (is_told(value))
			continue;
		(void)diff_line(&section, diff_mark(value->kind));
		printable_puts(text, value->path);
		buf_puts(text, ": ");
		if (value->old)
			show_value(text, value->old);
		if (value->kind == DIFF_CHANGED)
			buf_puts(text, " -> ");
		if (value->new)
			show_value(text, value->new);
		buf_putc(text, '\n');
	}
}

/* --- Sizes, and the image itself --- */

static void show_change(struct buf *text, uint64_t old, uint64_t new)
{
	buf_putc(text, new < old ? '-' : '+');
	show_size(text, new < old ? old - new : new - old);
}

static void show_total(struct diff_section *section, const char *name,
		       uint64_t old, uint64_t new)
{
	struct buf *text;

	if (old == new)
		return;
	text = diff_line(section, '~');
	buf_printf(text, "%s ", name);
	show_size(text, old);
	buf_puts(text, " -> ");
	show_size(text, new);
	buf_puts(text, " (");
	show_change(text, old, new);
	buf_puts(text, ")\n");
}

static void show_sizes(const struct diff *diff, struct buf *text)
{
	const struct diff_side *old = &diff->sides[0], *new = &diff->sides[1];
	struct diff_section section = { text, "size" };

	for (size_t i = 0; i < diff->size_count && i < SIZES_SHOWN; i++) {
		const struct diff_size *size = &diff->sizes[i];

		(void)diff_line(&section, '~');
		printable_puts(text, size->name);
		buf_putc(text, ' ');
		show_change(text, size->old, size->new);
		buf_putc(text, '\n');
	}
	if (diff->size_count > SIZES_SHOWN)
		buf_printf(diff_line(&section, ' '), "and %zu more\n",
			   diff->size_count - SIZES_SHOWN);
	show_total(&section, "all files", old->bytes, new->bytes);
	show_total(&section, "image", old->subject->layout.file_length,
		   new->subject->layout.file_length);
}

static void show_root_hashes(const struct diff *diff, struct buf *text)
{
	for (int side = 0; side < 2; side++) {
		const struct subject *subject = diff->sides[side].subject;
		char hash[2 * HASHTREE_DIGEST_SIZE + 1];

		root_hash_format(subject->layout.root_hash, hash);
		buf_printf(text, "  %c %s ", side ? '+' : '-', hash);
		printable_puts(text, subject->name);
		buf_putc(text, '\n');
	}
}

void diff_show(const struct diff *diff, struct buf *text)
{
	size_t before = text->length;

	if (diff_is_same(diff))
		return;
	show_packages(diff, text);
	show_objects(diff, text);
	show_set_id(diff, text);
	show_capabilities(diff, text);
	show_contract(diff, text);
	diff_show_files(diff, text);
	if (text->length == before)
		buf_puts(text, "what is in them is the same: reasons, "
			       "compression or times differ\n");
	show_sizes(diff, text);
	buf_puts(text, "root hash\n");
	show_root_hashes(diff, text);
}
