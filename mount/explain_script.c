/* A script that is there, and whose interpreter is not: execve(2) then says
 * that the script is missing. */
#include "mount/explain_look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "mount/walk.h"

enum {
	BEGINNING = 256, /* what the kernel looks at: BINPRM_BUF_SIZE */
	NESTING_MAX = 5, /* interpreters that are scripts; as the kernel's */
};

/*
 * A file of the image's own: nothing else in a jail cannot be written to, and
 * nothing of it can block. 0 or -errno.
 */
static int read_beginning(const struct look *look, const struct walk *walk,
			  char ret_text[BEGINNING + 1])
{
	CLEANUP_CLOSE int fd = -1;
	ssize_t length;

	if (!S_ISREG(walk->status.st_mode) ||
	    !walk_is_read_only(look->view->jail_root, walk->path))
		return -EINVAL;
	fd = walk_open(look->view->jail_root, walk->path,
		       O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	length = read(fd, ret_text, BEGINNING);
	if (length < 0)
		return -errno;
	ret_text[length] = '\0';
	return 0;
}

/* "#! /bin/sh -e": points into the text; NULL for what is no script. */
static const char *find_interpreter(char *text)
{
	if (strncmp(text, "#!", 2) != 0)
		return NULL;
	text += 2;
	text += strspn(text, " \t");
	text[strcspn(text, " \t\n")] = '\0';
	return *text == '/' ? text : NULL;
}

int explain_look_at_program(const struct look *look, const struct walk *walk)
{
	struct look nested = *look;
	char text[BEGINNING + 1];
	const char *interpreter;

	if (++nested.nesting > NESTING_MAX ||
	    read_beginning(look, walk, text) < 0)
		return 0;
	interpreter = find_interpreter(text);
	return interpreter ? explain_look_at_path(&nested, interpreter) : 0;
}
