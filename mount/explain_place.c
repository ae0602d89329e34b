#include "mount/explain_look.h"

#include <errno.h>
#include <string.h>

#include "lib/path.h"
#include "mount/explain_line.h"
#include "mount/walk.h"

/* --- What is read-only ---------------------------------------------------- */

static int note_write(const struct look *look, const char *path,
		      const char *directory)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;
	struct finding_text text = { .kind = EXPLAIN_IS_READ_ONLY,
				     .subject = path };
	enum explain_worth worth = explain_write_line(
		path, directory, look->explain->config, &line, &note);

	if (line.failed || note.failed)
		return -ENOMEM;
	if (worth == EXPLAIN_NOTHING)
		return 0;
	text.usual = worth == EXPLAIN_USUAL;
	text.line = line.data;
	text.note = note.data;
	if (strncmp(line.data, "overlay ", 8) == 0)
		text.directory = directory;
	return explain_note_look(look, &text);
}

/* Device nodes, FIFOs and sockets can be written to all the same. */
static bool keeps_read_only(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

static int look_at_write(const struct look *look, const struct walk *walk)
{
	const char *directory = walk->directory;

	if (walk->end == WALK_FOUND && look->wish.writes) {
		if (!keeps_read_only(walk->status.st_mode) ||
		    !walk_is_read_only(look->view->jail_root, walk->path))
			return 0;
		if (S_ISDIR(walk->status.st_mode))
			directory = walk->path;
	} else if (!walk_is_read_only(look->view->jail_root, directory)) {
		return 0;
	}
	return note_write(look, walk->path, directory);
}

/* --- What is missing ------------------------------------------------------ */

static bool is_beneath(int root, const char *path)
{
	const struct walk_from from = { .root = root,
					.floor = "/",
					.start = "/" };
	CLEANUP_WALK struct walk walk = WALK_INIT;

	return walk_to(&from, path, &walk) == 0 && walk.end == WALK_FOUND;
}

static const struct config_layer *layer_of(const struct config *config,
					   const char *path)
{
	const struct config_layer *found = NULL;

	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		if (path_within(path, layer->path) &&
		    (!found || path_within(layer->path, found->path)))
			found = layer;
	}
	return found;
}

/* True for what lies in a directory of the host's, which hides the image's. */
static bool is_of_host(const struct config *config, const char *path)
{
	for (size_t i = 0; i < config->persist_count; i++)
		if (path_within(path, config->persists[i].path))
			return true;
	for (size_t i = 0; i < config->share_count; i++)
		if (path_within(path, config->shares[i].path))
			return true;
	return false;
}

/* If only a link is missing on the way to what the jail has. */
static void find_link(const struct look *look, const struct walk *walk,
		      struct explain_missing *missing)
{
	int root = look->view->jail_root;

	if (walk->end != WALK_FOUND || !is_beneath(root, walk->path))
		return;
	for (size_t i = 0; i < walk->link_count; i++) {
		if (is_beneath(root, walk->links[i].path))
			continue;
		missing->link = walk->links[i].path;
		missing->link_target = walk->links[i].target;
		return;
	}
}

static bool is_packed(const struct bill *bill, const char *package)
{
	for (size_t i = 0; package && i < bill->package_count; i++)
		if (strcmp(bill->packages[i].name, package) == 0)
			return true;
	return false;
}

static int note_missing(const struct look *look,
			const struct explain_missing *missing,
			const struct explain_place *place)
{
	struct explain *explain = look->explain;
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;
	struct finding_text text = { .kind = EXPLAIN_IS_MISSING,
				     .subject = missing->path };
	enum explain_worth worth =
		explain_missing_line(missing, explain->config, &line, &note);

	if (line.failed || note.failed)
		return -ENOMEM;
	if (worth == EXPLAIN_NOTHING)
		return explain_list_count(&explain->list, missing->path);
	text.usual = worth == EXPLAIN_USUAL;
	text.line = line.data;
	text.note = note.data;
	text.origin = missing->hidden_by ? "the image"
		      : place->source	 ? place->source->name
					 : NULL;
	text.package = place->package;
	text.packed = is_packed(&explain->bill, place->package);
	return explain_note_look(look, &text);
}

/* 1 if it was noted down; 0 if it is nowhere. */
static int look_elsewhere(const struct look *look, const char *path, bool lists)
{
	struct explain *explain = look->explain;
	const struct config_layer *layer = layer_of(explain->config, path);
	CLEANUP_EXPLAIN_PLACE struct explain_place place = EXPLAIN_PLACE_INIT;
	struct explain_missing missing = { .path = path, .lists = lists };
	int r;

	if (is_of_host(explain->config, path))
		return 0;
	if (layer && layer->kind == CONFIG_LAYER_WRITABLE) {
		if (!bill_find(&explain->bill, path))
			return 0;
		missing.hidden_by = layer;
	} else if (!explain_is_volatile(path)) {
		r = explain_sources_find(&explain->sources, path, &place);
		/* Some devices are known by their names. */
		if (r < 0 || (r == 0 && !path_within(path, "/dev")))
			return r;
		missing.status = place.status;
		missing.of_host = place.source && place.source->is_host;
		missing.of_package = place.package;
		find_link(look, &place.walk, &missing);
	}
	r = note_missing(look, &missing, &place);
	return r < 0 ? r : 1;
}

/* A file is to be made in a directory that is missing itself. */
static int look_at_directory(const struct look *look, const char *path)
{
	CLEANUP_FREE char *directory = path_parent(path);
	int r;

	if (!directory)
		return -ENOMEM;
	r = look_elsewhere(look, directory, false);
	if (r <= 0)
		return r;
	r = layer_of(look->explain->config, directory)
		    ? 0
		    : note_write(look, path, directory);
	return r < 0 ? r : 1;
}

static int look_at_missing(const struct look *look, const struct walk *walk)
{
	int r = look->wish.creates
			? look_at_directory(look, walk->path)
			: look_elsewhere(look, walk->path, look->wish.lists);

	return r == 0 ? explain_list_count(&look->explain->list, walk->path)
		      : r;
}

int explain_look_at_walk(const struct look *look, const struct walk *walk)
{
	const struct explain_wish *wish = &look->wish;

	if (walk->end == WALK_FOUND && look->call->act == EXPLAIN_EXECUTE)
		return explain_look_at_program(look, walk);
	if (walk->end == WALK_FOUND)
		return wish->writes || wish->removes ? look_at_write(look, walk)
						     : 0;
	if (walk->end != WALK_MISSING)
		return 0;
	/* Who makes /dev/log by opening it wants the device. */
	if (path_within(walk->path, "/dev") && !wish->removes)
		return look_elsewhere(look, walk->path, false);
	if ((wish->creates || wish->removes) && walk->last)
		return look_at_write(look, walk);
	return wish->removes ? 0 : look_at_missing(look, walk);
}
