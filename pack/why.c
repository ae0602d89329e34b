#include "lib/path.h"
#include "lib/printable.h"
#include "pack/question.h"
#include "pack/show.h"
#include "pack/suggest.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

/* In one path, as in the kernel. */
enum { LINKS_MAX = 40 };

/*
 * Put the target of the link at `link` in its place: what follows it in the
 * path is `rest`. The caller frees the new path.
 */
static char *through_link(const struct bill_file *link, const char *rest)
{
	CLEANUP_FREE char *parent = path_parent(link->path);
	CLEANUP_FREE char *there = NULL;

	if (!parent)
		return NULL;
	there = path_join(parent, link->target);
	return there ? path_join(there, *rest ? rest + 1 : ".") : NULL;
}

/* The first link on the way to `path`, the last component included, and what
 * of the path follows it. NULL if there is none. */
static const struct bill_file *
first_link(const struct bill *bill, const char *path, const char **ret_rest)
{
	for (const char *end = path; *end;) {
		CLEANUP_FREE char *part = NULL;
		const struct bill_file *file;

		end += 1 + strcspn(end + 1, "/");
		part = strndup(path, (size_t)(end - path));
		file = part ? bill_find(bill, part) : NULL;
		if (!file)
			return NULL;
		if (S_ISLNK(file->mode)) {
			*ret_rest = end;
			return file;
		}
	}
	return NULL;
}

/*
 * The file that `path` means: that of the name itself, or the one that the
 * links on the way lead to. NULL in *ret_file if there is none.
 */
static int resolve(const struct bill *bill, const char *path,
		   const struct bill_file **ret_file, struct diag *diag)
{
	CLEANUP_FREE char *at = path_normalize(path);

	for (int links = 0; at && links <= LINKS_MAX; links++) {
		const char *rest = NULL;
		const struct bill_file *link;
		char *next;

		*ret_file = bill_find(bill, at);
		if (*ret_file)
			return 0;
		link = first_link(bill, at, &rest);
		if (!link)
			return 0;
		next = through_link(link, rest);
		free(at);
		at = next;
	}
	*ret_file = NULL;
	return at ? 0 : diag_oom(diag);
}

static int not_there(const struct subject *subject, const struct bill *bill,
		     const char *path, struct diag *diag)
{
	const char *name = path_name(path);
	const char *likely = NULL;
	struct suggestion suggestion = suggest_begin(path);

	(void)diag_set(diag, -ENOENT, "%s is not in %s", path, subject->name);
	for (size_t i = 0; i < bill->file_count; i++) {
		const char *known = bill->files[i].path;

		/* The right name in the wrong place is likelier than another
		 * name in the right one. */
		if (*name && strcmp(path_name(known), name) == 0)
			likely = known;
		suggest_offer(&suggestion, known);
	}
	if (!likely)
		likely = suggestion.best;
	if (likely)
		diag_hint(diag, "did you mean %s?", likely);
	else
		diag_hint(diag, "jailpack --list %s tells what is",
			  subject->name);
	return -ENOENT;
}

static void show_step(struct buf *text, const struct bill *bill,
		      const struct bill_file *file)
{
	printable_puts(text, file->path);
	if (file->target) {
		buf_puts(text, " -> ");
		printable_puts(text, file->target);
	}
	buf_puts(text, "\n    ");
	printable_puts(text, file->reason);
	if (file->package != BILL_NO_PACKAGE) {
		buf_puts(text, "\n    from ");
		show_package(text, bill->packages, file->package);
	}
	buf_putc(text, '\n');
}

static const struct bill_file *next_of(const struct bill *bill,
				       const struct bill_file *file)
{
	/* bill_read() has checked that it is there and that this ends. */
	return file->because ? bill_find(bill, file->because) : NULL;
}

/* JSON wants UTF-8: what is not is shown as it is to people. */
static json_t *text_json(const char *text)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	json_t *string = json_string(text);

	if (string)
		return string;
	printable_puts(&shown, text);
	return buf_check(&shown) < 0 ? NULL : json_string(shown.data);
}

static json_t *step_json(const struct bill *bill, const struct bill_file *file)
{
	const struct bill_package *package;
	json_t *step = json_pack("{s:o,s:o}", "path", text_json(file->path),
				 "reason", text_json(file->reason));

	if (!step || file->package == BILL_NO_PACKAGE)
		return step;
	package = &bill->packages[file->package];
	if (json_object_set_new(step, "package",
				json_pack("{s:s,s:s,s:s}", "name",
					  package->name, "version",
					  package->version, "architecture",
					  package->architecture)) < 0) {
		json_decref(step);
		return NULL;
	}
	return step;
}

static int append(const char *data, size_t length, void *context)
{
	buf_append(context, data, length);
	return 0;
}

static int chain_json(const struct bill *bill, const struct bill_file *file,
		      struct buf *text, struct diag *diag)
{
	json_t *chain = json_array();
	int r = chain ? 0 : -1;

	for (; r == 0 && file; file = next_of(bill, file))
		r = json_array_append_new(chain, step_json(bill, file));
	if (r == 0)
		r = json_dump_callback(chain, append, text, JSON_INDENT(2));
	json_decref(chain);
	buf_putc(text, '\n');
	return r < 0 ? diag_oom(diag) : 0;
}

int why_answer(const struct subject *subject, const char *path, bool json,
	       struct buf *text, struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	const struct bill_file *file = NULL;
	int r = subject_bill(subject, &bill, diag);

	if (r == 0)
		r = resolve(&bill, path, &file, diag);
	if (r < 0)
		return r;
	if (!file)
		return not_there(subject, &bill, path, diag);
	if (json)
		return chain_json(&bill, file, text, diag);
	for (; file; file = next_of(&bill, file))
		show_step(text, &bill, file);
	return 0;
}
