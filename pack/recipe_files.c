#include "pack/recipe_files.h"

#include "lib/buf.h"
#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void recipe_text_free(struct recipe_text *text)
{
	if (!text)
		return;
	lex_text_done(&text->text);
	free(text->directory);
	free(text->value);
	free(text);
}

/* What stands before the last slash, "." if there is none. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

int recipe_text_new(const char *path, const char *content, size_t length,
		    struct recipe_text **ret_text, struct diag *diag)
{
	struct recipe_text *text = calloc(1, sizeof(*text));
	int error;

	if (!text)
		return diag_oom(diag);
	text->open = true;
	text->directory = directory_of(path);
	if (!text->directory) {
		free(text);
		return diag_oom(diag);
	}
	error = lex_text_init(&text->text, path, content, length, diag);
	if (error < 0) {
		recipe_text_free(text);
		return error;
	}
	*ret_text = text;
	return 0;
}

int recipe_text_open(const char *path, bool regular,
		     struct recipe_text **ret_text, struct diag *diag)
{
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	struct stat status;
	int error;

	fd = open(path,
		  O_RDONLY | O_CLOEXEC | O_NOCTTY | (regular ? O_NONBLOCK : 0));
	if (fd < 0 || fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	if (S_ISDIR(status.st_mode))
		return diag_errno(diag, -EISDIR, "cannot read %s", path);
	if (regular && !S_ISREG(status.st_mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	error = read_to_end(fd, LEX_TEXT_MAX, &content);
	if (error == -EFBIG)
		return diag_set(diag, -EINVAL,
				"%s is larger than %d bytes, the most that a "
				"recipe may have",
				path, LEX_TEXT_MAX);
	if (error < 0)
		return diag_errno(diag, error, "cannot read %s", path);
	error = recipe_text_new(path, content.data, content.length, ret_text,
				diag);
	if (error < 0)
		return error;
	(*ret_text)->device = status.st_dev;
	(*ret_text)->inode = status.st_ino;
	return 0;
}
