/* What differs of files, told to people. */
#include "lib/printable.h"
#include "lib/show.h"
#include "pack/diff_show.h"

#include <string.h>
#include <sys/stat.h>

enum { TEXT_LINES_SHOWN = 200 };

static bool is_device(const struct bill_file *file)
{
	return file && (S_ISCHR(file->mode) || S_ISBLK(file->mode));
}

static bool is_link(const struct bill_file *file)
{
	return file && S_ISLNK(file->mode);
}

static void show_device(struct buf *text, const struct bill_file *file)
{
	buf_printf(text, "%c %u,%u ", S_ISBLK(file->mode) ? 'b' : 'c',
		   file->major, file->minor);
	diff_show_owner_mode(text, file);
}

static void show_devices(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "devices" };

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		bool old = is_device(file->old), new = is_device(file->new);

		if (!old && !new)
			continue;
		(void)diff_line(&section, !old ? '+' : !new ? '-' : '~');
		if (old)
			show_device(text, file->old);
		if (old && new)
			buf_puts(text, " -> ");
		if (new)
			show_device(text, file->new);
		diff_show_path(text, file);
	}
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
	case S_IFBLK:
		return "device";
	case S_IFIFO:
		return "fifo";
	default:
		return "socket";
	}
}

static bool is_other_type(const struct diff_file *file)
{
	return file->old && file->new &&
	       (file->old->mode & S_IFMT) != (file->new->mode &S_IFMT);
}

static void show_owners_modes(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "owners and modes" };

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (!file->owner_mode || is_device(file->old) ||
		    diff_set_id(file->old) || diff_set_id(file->new))
			continue;
		(void)diff_line(&section, '~');
		diff_show_owner_mode(text, file->old);
		buf_puts(text, " -> ");
		diff_show_owner_mode(text, file->new);
		diff_show_path(text, file);
	}
}

static void show_links(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "links" };

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		bool old = is_link(file->old), new = is_link(file->new);

		if (file->with_package || is_other_type(file) || (!old && !new))
			continue;
		(void)diff_line(&section, diff_mark(file->kind));
		printable_puts(text, old ? file->old->path : file->new->path);
		buf_puts(text, ": ");
		if (old)
			printable_puts(text, file->old->target);
		if (old && new)
			buf_puts(text, " -> ");
		if (new)
			printable_puts(text, file->new->target);
		buf_putc(text, '\n');
	}
}

/* Not told in a section of its own. */
static bool is_plain(const struct diff_file *file)
{
	if (is_other_type(file))
		return true;
	if (file->kind == DIFF_CHANGED)
		return file->content && !file->text && !file->is_object[0] &&
		       !file->is_object[1];
	return !is_device(file->old) && !is_device(file->new) &&
	       !is_link(file->old) && !is_link(file->new) &&
	       !file->is_object[0] && !file->is_object[1];
}

static void show_plain(struct diff_section *section,
		       const struct diff_file *file)
{
	struct buf *text = diff_line(section, diff_mark(file->kind));
	const struct bill_file *old = file->old, *new = file->new;
	const struct bill_file *any = old ? old : new;

	printable_puts(text, any->path);
	if (is_other_type(file)) {
		buf_printf(text, "  %s -> %s", type_name(old->mode),
			   type_name(new->mode));
	} else if (S_ISDIR(any->mode)) {
		buf_puts(text, strcmp(any->path, "/") == 0 ? "" : "/");
	} else if (!S_ISREG(any->mode)) {
		buf_printf(text, "  %s", type_name(any->mode));
	} else {
		buf_puts(text, "  ");
		show_size(text, any->size);
		if (old && new) {
			buf_puts(text, " -> ");
			show_size(text, new->size);
			buf_puts(text, file->too_large ? ", too large for a "
							 "comparison of lines"
						       : ", binary");
		}
	}
	buf_putc(text, '\n');
}

static void show_plain_files(const struct diff *diff, struct buf *text)
{
	struct diff_section section = { text, "files" };
	size_t with_package[] = { 0, 0, 0 };

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (file->with_package && !is_other_type(file) &&
		    !file->is_object[0] && !file->is_object[1] &&
		    !is_device(file->old) && !is_device(file->new))
			with_package[file->kind]++;
		else if (is_plain(file))
			show_plain(&section, file);
	}
	if (with_package[0] + with_package[1] + with_package[2])
		buf_printf(diff_line(&section, ' '),
			   "of the packages above, %zu added, %zu removed, "
			   "%zu changed\n",
			   with_package[DIFF_ADDED], with_package[DIFF_REMOVED],
			   with_package[DIFF_CHANGED]);
}

/* --- Text --- */

static void show_text(const struct diff_file *file, struct buf *text)
{
	const char *at = file->text;
	size_t left = 0;

	buf_puts(text, "--- ");
	printable_puts(text, file->old->path);
	buf_puts(text, "\n+++ ");
	printable_puts(text, file->new->path);
	buf_putc(text, '\n');
	for (int i = 0; i < TEXT_LINES_SHOWN && *at; i++)
		at += strcspn(at, "\n") + 1;
	buf_append(text, file->text, (size_t)(at - file->text));
	for (; *at; at += strcspn(at, "\n") + 1)
		left++;
	if (left)
		buf_printf(text, "(%zu more lines; --json has them all)\n",
			   left);
}

static void show_texts(const struct diff *diff, struct buf *text)
{
	const char *title = "text\n";

	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (!file->text || file->with_package)
			continue;
		buf_puts(text, title);
		title = "";
		show_text(file, text);
	}
}

void diff_show_files(const struct diff *diff, struct buf *text)
{
	show_devices(diff, text);
	show_owners_modes(diff, text);
	show_links(diff, text);
	show_plain_files(diff, text);
	show_texts(diff, text);
}
