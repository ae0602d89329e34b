#include "lib/show.h"

#include "lib/printable.h"

#include <inttypes.h>
#include <sys/stat.h>

void show_size(struct buf *text, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000) {
		buf_printf(text, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (value /= 1000; value >= 999.95 && unit + 1 < ARRAY_SIZE(units);
	     value /= 1000)
		unit++;
	buf_printf(text, "%.1f %s", value, units[unit]);
}

void show_count(struct buf *text, uint64_t count, const char *one)
{
	buf_printf(text, "%" PRIu64 " %s%s", count, one, count == 1 ? "" : "s");
}

void show_duration(struct buf *text, uint64_t milliseconds)
{
	static const struct {
		const char *name;
		uint64_t milliseconds;
	} units[] = {
		{ "h", 3600000 }, { "min", 60000 }, { "s", 1000 }, { "ms", 1 }
	};
	size_t unit = 0;

	while (milliseconds % units[unit].milliseconds)
		unit++;
	if (milliseconds == 0)
		unit = 2;
	buf_printf(text, "%" PRIu64 " %s",
		   milliseconds / units[unit].milliseconds, units[unit].name);
}

static char type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return '-';
	}
}

/* One of the three groups: `special` is set-id or sticky, shown as `letter`
 * in the place of the x. */
static void show_permissions(struct buf *text, unsigned int bits, bool special,
			     char letter)
{
	buf_putc(text, bits & 4 ? 'r' : '-');
	buf_putc(text, bits & 2 ? 'w' : '-');
	if (special)
		buf_putc(text, bits & 1 ? letter : (char)(letter - 'a' + 'A'));
	else
		buf_putc(text, bits & 1 ? 'x' : '-');
}

void show_file(struct buf *text, const struct bill_file *file)
{
	mode_t mode = file->mode;
	char owner[32], size[32];

	buf_putc(text, type_letter(mode));
	show_permissions(text, mode >> 6, mode & S_ISUID, 's');
	show_permissions(text, mode >> 3, mode & S_ISGID, 's');
	show_permissions(text, mode, mode & S_ISVTX, 't');
	(void)snprintf(owner, sizeof(owner), "%" PRIu32 "/%" PRIu32, file->uid,
		       file->gid);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		(void)snprintf(size, sizeof(size), "%u,%u", file->major,
			       file->minor);
	else
		(void)snprintf(size, sizeof(size), "%" PRIu64, file->size);
	buf_printf(text, " %-7s %10s ", owner, size);
	printable_puts(text, file->path);
	if (file->target) {
		buf_puts(text, " -> ");
		printable_puts(text, file->target);
	}
}

void show_package(struct buf *text, const struct bill_package *packages,
		  size_t package)
{
	if (package == BILL_NO_PACKAGE)
		return;
	printable_puts(text, packages[package].name);
	buf_putc(text, ' ');
	printable_puts(text, packages[package].version);
	buf_puts(text, " (");
	printable_puts(text, packages[package].architecture);
	buf_putc(text, ')');
}
