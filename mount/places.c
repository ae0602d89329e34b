#include "mount/places.h"

#include "mount/own_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void places_done(struct places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		close_fd(&places->items[i].source);
		free(places->items[i].path);
		free(places->items[i].shown);
	}
	free(places->items);
	*places = PLACES_INIT;
}

int places_add(struct places *places, const struct place *place,
	       struct diag *diag)
{
	struct place copy = *place;
	int r = 0;

	if (places->count >= PLACES_MAX)
		r = diag_set(diag, -E2BIG,
			     "more than %d directories are shared", PLACES_MAX);
	else if (array_grow(&places->items, places->count, sizeof(copy)) < 0)
		r = diag_oom(diag);
	if (r < 0) {
		close_fd(&copy.source);
		return r;
	}
	copy.path = strdup(place->path);
	copy.shown = strdup(place->shown);
	/* In the list in any case: the list frees it. */
	places->items[places->count++] = copy;
	return copy.path && copy.shown ? 0 : diag_oom(diag);
}

/* --- What is kept --------------------------------------------------------- */

/* The file system that is in use already, or NULL. */
static const struct place *find_device(const struct places *running,
				       const char *path)
{
	for (size_t i = 0; running && i < running->count; i++)
		if (running->items[i].kind == PLACE_DEVICE &&
		    strcmp(running->items[i].path, path) == 0)
			return &running->items[i];
	return NULL;
}

static int add_again(const struct place *running, struct places *places,
		     struct diag *diag)
{
	struct place place = *running;

	place.source = fcntl(running->source, F_DUPFD_CLOEXEC, 0);
	if (place.source < 0)
		return diag_errno(diag, -errno, "cannot share %s", place.shown);
	return places_add(places, &place, diag);
}

static int open_persist(const struct config_persist *persist, int directory,
			const char *root, const char *jail,
			struct places *places, struct diag *diag)
{
	CLEANUP_FREE char *shown = NULL, *device = NULL;
	struct place place = { .path = persist->path,
			       .writable = !persist->read_only };
	int r;

	if (asprintf(&shown, "%s/%s%s", root, jail, persist->path) < 0) {
		shown = NULL;
		return diag_oom(diag);
	}
	r = persist_open(persist, directory, shown, &place, diag);
	if (r < 0)
		return diag_wrap(diag, r, "persist %s", persist->path);
	device = place.shown;
	place.shown = device ? device : shown;
	return places_add(places, &place, diag);
}

static int open_persists(const struct config *config, const char *jail,
			 const char *root, const struct places *running,
			 struct places *places, struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	int r = 0;

	if (config->persist_count)
		r = own_directory_open(root, jail, &directory, diag);
	for (size_t i = 0; r == 0 && i < config->persist_count; i++) {
		const struct config_persist *persist = &config->persists[i];
		const struct place *device =
			find_device(running, persist->path);

		r = device ? add_again(device, places, diag)
			   : open_persist(persist, directory, root, jail,
					  places, diag);
	}
	return r;
}

int places_open(const struct config *config, const char *jail,
		const char *persist_root, const struct places *running,
		struct places *ret_places, struct diag *diag)
{
	CLEANUP_PLACES struct places places = PLACES_INIT;
	int r = open_persists(config, jail, persist_root, running, &places,
			      diag);

	for (size_t i = 0; r == 0 && i < config->share_count; i++) {
		r = share_open(&config->shares[i], &places, diag);
		if (r < 0)
			diag_wrap(diag, r, "share %s",
				  config->shares[i].source);
	}
	if (r < 0)
		return r;
	*ret_places = places;
	places = PLACES_INIT;
	return 0;
}
