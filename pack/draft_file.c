#include "pack/draft_file.h"

#include "lib/config.h"
#include "lib/fdio.h"
#include "lib/lex.h"
#include "lib/path.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void draft_file_done(struct draft_file *file)
{
	free(file->name);
	buf_done(&file->old);
}

/* "Web server.recipe" -> "web-server" */
static char *jail_name(const char *output)
{
	const char *file = strrchr(output, '/');
	char *name = strdup(file ? file + 1 : output);
	char *dot = name ? strrchr(name, '.') : NULL;
	size_t first;

	if (!name)
		return NULL;
	if (dot && strcmp(dot, ".recipe") == 0)
		*dot = '\0';
	for (char *c = name; *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
		      strchr("._-", *c)))
			*c = '-';
	}
	first = strspn(name, "._-");
	memmove(name, name + first, strlen(name + first) + 1);
	if (strlen(name) > CONFIG_NAME_MAX)
		name[CONFIG_NAME_MAX] = '\0';
	if (!*name) {
		free(name);
		name = strdup("service");
	}
	return name;
}

static int check_output(const char *output, bool may_replace, struct diag *diag)
{
	struct stat status;

	if (!output) {
		(void)diag_set(diag, -EINVAL,
			       "where the recipe goes is missing");
		diag_hint(diag, "say it with -o NAME.recipe");
		return -EINVAL;
	}
	if (stat(output, &status) < 0)
		return 0;
	if (S_ISDIR(status.st_mode))
		return diag_errno(diag, -EISDIR, "%s", output);
	if (may_replace)
		return 0;
	(void)diag_set(diag, -EEXIST, "%s is there already", output);
	diag_hint(diag, "--continue %s adds to it, --force replaces it",
		  output);
	return -EEXIST;
}

/* Better now than when the work is done. */
static int try_to_write(const char *path, struct diag *diag)
{
	CLEANUP_OUTPUT struct output trial = OUTPUT_INIT;

	return output_begin(&trial, path, diag);
}

int draft_file_begin(const char *output, const char *continued, bool force,
		     struct draft_file *ret_file, struct diag *diag)
{
	struct draft_file file = {
		.output = output,
		.recipe_path = continued ? continued : output,
	};
	bool same = output && continued && strcmp(output, continued) == 0;
	int r = check_output(output, force || same, diag);

	if (r == 0)
		r = try_to_write(output, diag);
	if (r == 0 && continued)
		r = read_file(continued, LEX_TEXT_MAX, &file.old, diag);
	if (r < 0) {
		buf_done(&file.old);
		return r;
	}
	if (file.old.length && file.old.data[file.old.length - 1] != '\n')
		buf_putc(&file.old, '\n');
	file.name = jail_name(output);
	if (!file.name || buf_check(&file.old) < 0) {
		draft_file_done(&file);
		return diag_oom(diag);
	}
	*ret_file = file;
	return 0;
}

int draft_file_write(const struct draft_file *file, const struct buf *text,
		     struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	int r = output_begin(&output, file->output, diag);

	if (r < 0)
		return r;
	r = write_all(output.fd, text->data, text->length);
	if (r < 0)
		return diag_errno(diag, r, "cannot write %s", file->output);
	return output_commit(&output, 0666, diag);
}
