#include "pack/bill_path.h"

#include "lib/path.h"
#include "lib/suggest.h"

#include <errno.h>
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

int bill_resolve(const struct bill *bill, const char *path,
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

int bill_follow(const struct bill *bill, const char *path,
		const struct bill_file **ret_file, struct diag *diag)
{
	const struct bill_file *file = NULL;
	int r = bill_resolve(bill, path, &file, diag);

	for (int links = 0;
	     r == 0 && file && S_ISLNK(file->mode) && links < LINKS_MAX;
	     links++) {
		CLEANUP_FREE char *there = through_link(file, "");

		if (!there)
			return diag_oom(diag);
		r = bill_resolve(bill, there, &file, diag);
	}
	*ret_file = r == 0 && file && !S_ISLNK(file->mode) ? file : NULL;
	return r;
}

int bill_not_there(const struct bill *bill, const char *image, const char *path,
		   struct diag *diag)
{
	const char *name = path_name(path);
	const char *likely = NULL;
	struct suggestion suggestion = suggest_begin(path);

	(void)diag_set(diag, -ENOENT, "%s is not in %s", path, image);
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
		diag_hint(diag, "jailpack --list %s tells what is", image);
	return -ENOENT;
}
