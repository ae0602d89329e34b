#include "pack/gather_sources.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/gather_build.h"
#include "pack/gather_copy.h"

#include <errno.h>
#include <string.h>

/* Every package that the recipe names goes to its one Debian source. */
static int package_names(const struct recipe *recipe, char ***ret_names,
			 struct diag *diag)
{
	char **names = NULL;

	for (size_t i = 0; i < recipe->item_count; i++) {
		const struct recipe_item *item = &recipe->items[i];

		if (item->kind != ITEM_PACKAGE && item->kind != ITEM_FETCH)
			continue;
		for (size_t k = 0; item->names[k]; k++) {
			if (strv_append(&names, item->names[k]) < 0) {
				strv_free(names);
				return diag_oom(diag);
			}
		}
	}
	*ret_names = names;
	return 0;
}

static int open_debian(const struct recipe *recipe,
		       const struct recipe_source *from,
		       const struct gather_options *options,
		       struct source **ret_source, struct diag *diag)
{
	struct debian_options debian = { .suite = from->argument,
					 .cache = options->cache,
					 .refresh = options->refresh,
					 .progress = options->progress,
					 .warn = options->warn,
					 .context = options->context };
	struct locking *locking = options->locking;
	char **names = NULL;
	int r = package_names(recipe, &names, diag);

	if (locking && locking->pinned) {
		debian.pins = &locking->pins;
		debian.pins_path = locking->path;
	}
	if (locking && locking->renew)
		debian.record = &locking->used;

	if (r < 0)
		return r;
	if (!names) {
		r = location_error(diag, -EINVAL, &from->at,
				   "no package is named that could be fetched");
		diag_hint(diag, "add: package NAME, for all of its files, or "
				"fetch NAME, to copy from it");
		return r;
	}
	debian.names = names;
	for (char **name = names; locking && r == 0 && *name; name++)
		r = locking_named(locking, *name, diag);
	if (r == 0)
		r = source_open_debian(&debian, ret_source, diag);
	strv_free(names);
	return r < 0 ? location_wrap(diag, r, &from->at) : 0;
}

static int open_tree(const struct recipe *recipe,
		     const struct recipe_source *from,
		     struct source **ret_source, struct diag *diag)
{
	CLEANUP_FREE char *directory = NULL;
	int r;

	directory = from->argument[0] == '/'
			    ? strdup(from->argument)
			    : format_text("%s/%s", recipe->directory,
					  from->argument);
	if (!directory)
		return diag_oom(diag);
	r = source_open_directory(directory, ret_source, diag);
	return r < 0 ? location_wrap(diag, r, &from->at) : 0;
}

/* It is told once, whatever there is of it. */
int gather_tell_ignored(const struct gather_options *options,
			const struct location *at,
			const struct recipe_item *item, const char *what,
			struct buf *ignored, struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	const char *first = NULL;
	char *rest = ignored->data, *path;
	size_t count = 0;

	while (rest && (path = strsep(&rest, "\n")) && *path) {
		int excluded = item ? item_excludes(item, path) : 0;

		if (excluded < 0)
			return diag_oom(diag);
		if (!excluded && count++ == 0)
			first = path;
	}
	if (!count || !options->warn)
		return 0;
	text = format_text("%s:%u: %s: %s%s %s left out: neither a file nor a "
			   "directory nor a link",
			   at->file, at->line, what, first,
			   count > 1 ? " and more" : "",
			   count > 1 ? "are" : "is");
	if (!text)
		return diag_oom(diag);
	options->warn(options->context, text);
	return 0;
}

/* An archive that is about to be read, for locking.h. */
struct examined {
	struct locking *locking;
	const char *file;
};

static int examine(void *context, const uint8_t sha256[SHA256_SIZE],
		   struct diag *diag)
{
	const struct examined *examined = context;

	return locking_archive(examined->locking, examined->file, sha256, diag);
}

/* An archive that the recipe names. */
struct named {
	const struct location *at;
	const struct recipe_item *item; /* NULL: it is a source */
	const char *said, *file;
};

static int open_archive(const struct recipe *recipe,
			const struct gather_options *options,
			const struct named *named, struct source **ret_source,
			struct diag *diag)
{
	const char *file = named->file;
	CLEANUP_FREE char *path =
		file[0] == '/' ? strdup(file)
			       : format_text("%s/%s", recipe->directory, file);
	struct examined examined = { .locking = options->locking,
				     .file = file };
	struct archive_options archive = { .path = path,
					   .name = named->said,
					   .cache = options->cache,
					   .context = &examined };
	CLEANUP_FREE char *what = format_text("the archive %s", named->said);
	CLEANUP_BUF struct buf ignored = BUF_INIT;
	struct source *source;
	int r;

	if (!path || !what)
		return diag_oom(diag);
	if (options->locking && locking_is_on(options->locking))
		archive.examine = examine;
	r = source_open_archive(&archive, &ignored, &source, diag);
	if (r < 0)
		return location_wrap(diag, r, named->at);
	r = gather_tell_ignored(options, named->at, named->item, what, &ignored,
				diag);
	if (r < 0)
		source_free(source);
	else
		*ret_source = source;
	return r;
}

static int open_one(const struct recipe *recipe,
		    const struct recipe_source *from,
		    const struct gather_options *options,
		    struct source **ret_source, struct diag *diag)
{
	const struct named archive = { &from->at, NULL, from->said,
				       from->argument };
	int r;

	switch (from->kind) {
	case SOURCE_HOST:
		r = source_open_directory(NULL, ret_source, diag);
		return r < 0 ? location_wrap(diag, r, &from->at) : 0;
	case SOURCE_TREE:
		return open_tree(recipe, from, ret_source, diag);
	case SOURCE_DEBIAN:
		return open_debian(recipe, from, options, ret_source, diag);
	case SOURCE_ARCHIVE:
		return open_archive(recipe, options, &archive, ret_source,
				    diag);
	}
	return location_error(diag, -EINVAL, &from->at, "unknown source");
}

/* `source` is taken over in any case. */
static int keep(struct source ***sources, size_t *count, struct source *source,
		struct diag *diag)
{
	if (array_grow(sources, *count, sizeof(struct source *)) < 0) {
		source_free(source);
		return diag_oom(diag);
	}
	(*sources)[(*count)++] = source;
	return 0;
}

static int open_archives(const struct recipe *recipe,
			 const struct gather_options *options,
			 struct gathered *gathered, struct diag *diag)
{
	CLEANUP_BUILDER struct builder builder = { .recipe = recipe,
						   .options = options };
	int r = 0;

	for (size_t i = 0; r == 0 && i < recipe->item_count; i++) {
		const struct recipe_item *item = &recipe->items[i];
		const struct named archive = { &item->at, item,
					       item->names ? item->names[0]
							   : NULL,
					       item->target };
		struct source *source = NULL;

		if (item->kind == ITEM_ARCHIVE)
			r = open_archive(recipe, options, &archive, &source,
					 diag);
		else if (item->kind == ITEM_BUILD)
			r = builder_run(&builder, item, &source, diag);
		if (r == 0 && source)
			r = keep(&gathered->archives, &gathered->archive_count,
				 source, diag);
	}
	return r;
}

int gather_sources(const struct recipe *recipe,
		   const struct gather_options *options,
		   struct gathered *gathered, struct diag *diag)
{
	bool debian = false;

	for (size_t i = 0; i < recipe->source_count; i++) {
		const struct recipe_source *from = &recipe->sources[i];
		struct source *source;
		int r;

		if (from->kind == SOURCE_DEBIAN && debian)
			return location_error(diag, -EINVAL, &from->at,
					      "a recipe has one Debian source");
		debian = debian || from->kind == SOURCE_DEBIAN;
		r = open_one(recipe, from, options, &source, diag);
		if (r == 0)
			r = keep(&gathered->sources, &gathered->source_count,
				 source, diag);
		if (r < 0)
			return r;
	}
	return open_archives(recipe, options, gathered, diag);
}
