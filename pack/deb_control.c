#include "pack/deb_control.h"

#include "lib/buf.h"
#include "pack/archive.h"

#include <fcntl.h>
#include <string.h>

enum { CONTROL_LIMIT = 1 << 20 };

/* NAME[:ARCHITECTURE] [(RELATION VERSION)], separated by commas. */
static bool names_package(const char *list, size_t length, const char *name)
{
	const char *end = list + length;

	while (list < end) {
		size_t word;

		list += strspn(list, " \t\n,");
		if (list >= end)
			break;
		word = strcspn(list, " \t\n,:(");
		if (word == strlen(name) && strncmp(list, name, word) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

bool deb_control_replaces(const char *control, const char *name)
{
	while (*control) {
		const char *value = control + strcspn(control, ":\n");
		const char *end = control;

		/* A field goes on in the lines that begin with a blank. */
		do {
			end += strcspn(end, "\n");
			end += *end == '\n';
		} while (*end == ' ' || *end == '\t');
		if (value - control == 8 &&
		    strncasecmp(control, "Replaces:", 9) == 0)
			return names_package(value + 1,
					     (size_t)(end - value - 1), name);
		control = end;
	}
	return false;
}

bool deb_replaces(const char *path, const char *name)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_BUF struct buf control = BUF_INIT;
	struct archive_reader *reader;
	struct archive_member member;

	if (fd < 0 ||
	    archive_reader_open(fd, path, ARCHIVE_CONTROL, &reader, NULL) < 0)
		return false;
	while (!control.length &&
	       archive_reader_next(reader, &member, NULL) > 0)
		if (strcmp(member.path, "/control") == 0 &&
		    archive_reader_read(reader, CONTROL_LIMIT, &control, NULL) <
			    0)
			break;
	archive_reader_free(reader);
	return control.length && !control.failed &&
	       deb_control_replaces(control.data, name);
}
