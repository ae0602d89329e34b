#include "pack/gather_copy.h"

#include "lib/path.h"
#include "pack/derived.h"
#include "pack/gather_items.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* What the files of one item have in common. */
struct copy {
	struct placer *placer;
	const struct recipe *recipe;
	const struct recipe_item *item;
	const char *reason;
};

static bool matches_any(char *const *patterns, const char *path)
{
	for (size_t i = 0; patterns[i]; i++) {
		if (path_match(patterns[i], path))
			return true;
	}
	return false;
}

int item_excludes(const struct recipe_item *item, const char *path)
{
	CLEANUP_FREE char *part = NULL;
	int r = 0;

	if (!item->excludes)
		return 0;
	part = strdup(path);
	if (!part)
		return -ENOMEM;
	while (r == 0 && *part) {
		r = matches_any(item->excludes, part);
		*strrchr(part, '/') = '\0';
	}
	return r;
}

/* What no source can give a jail: devices, sockets, pipes. */
static bool is_copyable(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

/* The first source that has the path says what it is. -ENOENT without a
 * diagnostic. */
static int source_mode(const struct copy *copy, const char *path,
		       mode_t *ret_mode, struct diag *diag)
{
	struct source *source;
	struct source_entry entry;
	int r = view_source(&copy->placer->view, path, &source, &entry, diag);

	if (r < 0)
		return r;
	*ret_mode = entry.mode;
	source_entry_done(&entry);
	return 0;
}

static int copy_one(const struct copy *copy, const char *from, const char *to,
		    bool named, struct diag *diag)
{
	struct node *node;
	int r = place_copy(copy->placer, from, to, named, copy->reason, &node,
			   diag);

	return r < 0 && r != -ENOENT ? location_wrap(diag, r, &copy->item->at)
				     : r;
}

static int copy_tree(const struct copy *copy, const char *from, const char *to,
		     bool named, struct diag *diag);

static int copy_children(const struct copy *copy, struct source *source,
			 const char *from, const char *to, struct diag *diag)
{
	char **names = NULL;
	int r = source_list(source, from, &names, diag);

	for (size_t i = 0; r == 0 && names[i]; i++) {
		CLEANUP_FREE char *child = path_join(from, names[i]);
		CLEANUP_FREE char *place = path_join(to, names[i]);

		r = child && place ? copy_tree(copy, child, place, false, diag)
				   : diag_oom(diag);
	}
	strv_free(names);
	return r;
}

/* A file, a link, or a directory with all that any source has in it. */
static int copy_tree(const struct copy *copy, const char *from, const char *to,
		     bool named, struct diag *diag)
{
	const struct view *view = &copy->placer->view;
	mode_t mode;
	int r = item_excludes(copy->item, from);

	if (r)
		return r < 0 ? diag_oom(diag) : 0;
	r = source_mode(copy, from, &mode, diag);
	if (r < 0)
		return r;
	if (!named && !is_copyable(mode)) {
		placer_warn(copy->placer,
			    "%s is left out: neither a file nor a directory "
			    "nor a symbolic link",
			    from);
		return 0;
	}
	r = copy_one(copy, from, to, named, diag);
	for (size_t i = 0; r == 0 && S_ISDIR(mode) && i < view->source_count;
	     i++) {
		struct source_entry entry;

		r = source_lstat(view->sources[i], from, &entry, diag);
		if (r == 0) {
			bool directory = S_ISDIR(entry.mode);

			source_entry_done(&entry);
			if (directory)
				r = copy_children(copy, view->sources[i], from,
						  to, diag);
		} else if (r == -ENOENT) {
			r = 0;
		}
	}
	return r;
}

static int not_found(const struct copy *copy, const char *name,
		     const char *what, struct diag *diag)
{
	CLEANUP_FREE char *sources = view_sources_name(&copy->placer->view);
	int r = location_error(diag, -ENOENT, &copy->item->at, "%s %s in %s",
			       what, name, sources ? sources : "the sources");

	diag_hint(diag, "`package NAME` or `fetch NAME` brings a package's "
			"files within reach");
	return r;
}

/* A link goes elsewhere as what it leads to: its target would not mean the
 * same there. */
static int copy_elsewhere(const struct copy *copy, const char *from,
			  const char *to, struct diag *diag)
{
	struct view sources = copy->placer->view;
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	struct tree *empty;
	int r = tree_new(&empty, diag);

	if (r < 0)
		return r;
	sources.tree = empty;
	r = view_follow(&sources, from, true, &trail, diag);
	if (r == 0)
		r = copy_tree(copy, view_trail_path(&trail), to, true, diag);
	tree_free(empty);
	return r;
}

/* What a maintainer script would have made. */
static int copy_derived(const struct copy *copy, const char *from,
			const char *to, struct diag *diag)
{
	int r = derived_place(copy->placer, from, to ? to : from, copy->reason,
			      diag);

	return r < 0 && r != -ENOENT ? location_wrap(diag, r, &copy->item->at)
				     : r;
}

static int copy_name(const struct copy *copy, const char *from,
		     struct diag *diag)
{
	const struct recipe_item *item = copy->item;
	CLEANUP_FREE char *to = NULL;
	int r;

	if (!item->path) {
		r = copy_tree(copy, from, from, true, diag);
	} else {
		bool into = item->names[1] != NULL;

		to = path_join(item->path, into ? path_name(from) : "");
		r = to ? copy_elsewhere(copy, from, to, diag) : diag_oom(diag);
	}
	if (r == -ENOENT)
		r = copy_derived(copy, from, to, diag);
	if (r == -ENOENT)
		return not_found(copy, from, "there is no", diag);
	return r;
}

static int copy_match(const struct copy *copy, const char *prefix,
		      const char *from, struct diag *diag)
{
	CLEANUP_FREE char *to = NULL;
	const char *rest = from + (prefix[1] ? strlen(prefix) : 0);

	if (!copy->item->path)
		return copy_tree(copy, from, from, false, diag);
	to = path_join(copy->item->path, rest + strspn(rest, "/"));
	if (!to)
		return diag_oom(diag);
	return copy_tree(copy, from, to, false, diag);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* 1: a directory among the sorted matches brings this one along, so that
 * "**" does not copy a file once for every directory above it. */
static int is_covered(char *const *matches, size_t count, const char *path)
{
	CLEANUP_FREE char *parent = path_parent(path);

	if (!parent)
		return -ENOMEM;
	return strcmp(path, "/") != 0 &&
	       bsearch(&parent, matches, count, sizeof(*matches),
		       compare_names) != NULL;
}

static int copy_pattern(const struct copy *copy, const char *pattern,
			struct diag *diag)
{
	const struct view *view = &copy->placer->view;
	CLEANUP_FREE char *prefix = path_fixed_prefix(pattern);
	size_t found = 0;
	int r = prefix ? 0 : diag_oom(diag);

	for (size_t i = 0; r == 0 && i < view->source_count; i++) {
		char **matches = NULL;
		size_t count;

		r = source_match(view->sources[i], pattern, &matches, diag);
		count = strv_length(matches);
		for (size_t k = 0; r == 0 && k < count; k++) {
			r = is_covered(matches, count, matches[k]);
			if (r == 0)
				r = copy_match(copy, prefix, matches[k], diag);
			else
				r = r < 0 ? diag_oom(diag) : 0;
			found++;
		}
		strv_free(matches);
	}
	if (r == 0 && found == 0)
		return not_found(copy, pattern, "nothing matches", diag);
	return r;
}

int gather_copy(struct placer *placer, const struct recipe *recipe,
		const struct recipe_item *item, struct diag *diag)
{
	struct copy copy = { placer, recipe, item, NULL };
	int r = 0;

	for (size_t i = 0; r == 0 && item->names[i]; i++) {
		const char *name = item->names[i];
		CLEANUP_FREE char *reason =
			recipe_reason(recipe, &item->at, "copy %s", name);

		copy.reason = reason;
		if (!reason)
			r = diag_oom(diag);
		else if (path_has_pattern(name))
			r = copy_pattern(&copy, name, diag);
		else
			r = copy_name(&copy, name, diag);
	}
	return r;
}

static const char *const left_out[] = {
	"/usr/share/doc",      "/usr/share/man",
	"/usr/share/info",     "/usr/share/locale",
	"/usr/share/lintian",  "/usr/share/bug",
	"/usr/share/doc-base", "/usr/share/bash-completion",
};

static bool is_left_out(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++) {
		if (path_within(path, left_out[i]))
			return true;
	}
	return false;
}

/* The package of that name in the first source that has it. A version or an
 * architecture behind the name was for the one who fetched it. */
static const struct source_package *find_package(const struct view *view,
						 const char *name)
{
	CLEANUP_FREE char *bare = strndup(name, strcspn(name, "=:"));

	for (size_t i = 0; bare && i < view->source_count; i++) {
		const struct source_package *package =
			source_find_package(view->sources[i], bare);

		if (package)
			return package;
	}
	return NULL;
}

/* A directory is brought along by what is in it; one that a package ships
 * empty is wanted for itself. */
static bool holds_next(char *const *files, size_t i)
{
	return files[i + 1] && path_within(files[i + 1], files[i]);
}

static int package_file(const struct copy *copy, const char *path,
			struct diag *diag)
{
	mode_t mode;
	int r;

	if (is_left_out(path))
		return 0;
	r = item_excludes(copy->item, path);
	if (r)
		return r < 0 ? diag_oom(diag) : 0;
	r = source_mode(copy, path, &mode, diag);
	/* A file that dpkg lists may have been taken away since. */
	if (r == -ENOENT || (r == 0 && !is_copyable(mode)))
		return 0;
	return r < 0 ? r : copy_one(copy, path, path, false, diag);
}

int gather_package(struct placer *placer, const struct recipe *recipe,
		   const struct recipe_item *item, struct diag *diag)
{
	struct copy copy = { placer, recipe, item, NULL };
	int r = 0;

	for (size_t i = 0; r == 0 && item->names[i]; i++) {
		const char *name = item->names[i];
		const struct source_package *package =
			find_package(&placer->view, name);
		CLEANUP_FREE char *reason =
			recipe_reason(recipe, &item->at, "package %s", name);

		copy.reason = reason;
		if (!reason)
			return diag_oom(diag);
		if (!package)
			return not_found(&copy, name, "there is no package",
					 diag);
		for (size_t k = 0; r == 0 && package->files[k]; k++) {
			if (!holds_next(package->files, k))
				r = package_file(&copy, package->files[k],
						 diag);
		}
	}
	return r;
}
