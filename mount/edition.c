#include "mount/edition.h"

#include "mount/update_check.h"

#include <errno.h>
#include <string.h>

struct edition *edition_new(struct verified_image *image,
			    const char *image_path)
{
	struct edition *edition = calloc(1, sizeof(*edition));

	if (!edition)
		return NULL;
	edition->own = VERIFIED_IMAGE_INIT;
	edition->image = image ? image : &edition->own;
	edition->sink = LOG_SINK_INIT;
	edition->image_path = strdup(image_path);
	if (edition->image_path)
		return edition;
	free(edition);
	return NULL;
}

void edition_free(struct edition *edition)
{
	if (!edition)
		return;
	log_sink_close(&edition->sink);
	plan_done(&edition->plan);
	peers_done(&edition->peers);
	places_done(&edition->places);
	listen_table_done(&edition->listens);
	strv_free(edition->words);
	free(edition->image_path);
	verified_image_done(&edition->own);
	free(edition);
}

const char *edition_version(const struct edition *edition)
{
	const char *version = edition->image->config.version;

	return version ? version : "";
}

char *edition_origin(const struct edition *edition, const char *jail)
{
	const char *version = edition_version(edition);
	const uint8_t *hash = edition->image->layout.root_hash;
	char *origin;

	return asprintf(&origin, "%s%s%s %02x%02x%02x%02x", jail,
			*version ? " " : "", version, hash[0], hash[1], hash[2],
			hash[3]) < 0
		       ? NULL
		       : origin;
}

/* --- The log -------------------------------------------------------------- */

static struct journal_origin journal_origin_of(const struct edition *edition,
					       const char *jail, char *hash)
{
	root_hash_format(edition->image->layout.root_hash, hash);
	return (struct journal_origin){ .jail = jail,
					.version =
						edition->image->config.version,
					.root_hash = hash };
}

int edition_open_log(struct edition *edition, const char *jail,
		     struct log_sink *base, struct events *events,
		     struct diag *diag)
{
	CLEANUP_FREE char *origin = edition_origin(edition, jail);
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct journal_origin journal = journal_origin_of(edition, jail, hash);
	int r = -ENOMEM;

	if (origin)
		r = log_sink_share(&edition->sink, base, origin, &journal,
				   events);
	return r < 0 ? diag_errno(diag, r, "cannot open the log") : 0;
}

void edition_name_log(const struct edition *edition, const char *jail,
		      struct log_sink *sink)
{
	CLEANUP_FREE char *origin = edition_origin(edition, jail);
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct journal_origin journal = journal_origin_of(edition, jail, hash);

	if (origin)
		log_sink_rename(sink, origin, &journal);
}

/* --- Ports ---------------------------------------------------------------- */

static bool has_port(const struct config *config,
		     const struct listen_mapping *wanted)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (config->listens[i].port == wanted->jail_port &&
		    config->listens[i].udp == wanted->udp)
			return true;
	return false;
}

/* Words that are valid are never refused here: they are looked at again. */
static bool is_said_for(char *const *words, const struct listen_mapping *port)
{
	struct listen_mapping said;

	for (; words && *words; words++)
		if (listen_mapping_parse(*words, &said, NULL) == 0 &&
		    said.jail_port == port->jail_port && said.udp == port->udp)
			return true;
	return false;
}

static int inherit_words(struct edition *edition, char *const *words,
			 const struct edition *before)
{
	char *const *old = before ? before->words : NULL;
	struct listen_mapping port;
	int r = 0;

	for (; r == 0 && old && *old; old++)
		if (listen_mapping_parse(*old, &port, NULL) == 0 &&
		    has_port(&edition->image->config, &port) &&
		    !is_said_for(words, &port))
			r = strv_append(&edition->words, *old);
	for (; r == 0 && words && *words; words++)
		r = strv_append(&edition->words, *words);
	return r;
}

int edition_listen(struct edition *edition, char *const *words,
		   const struct edition *before, struct diag *diag)
{
	if (inherit_words(edition, words, before) < 0)
		return diag_oom(diag);
	return listen_table_make(&edition->image->config, edition->words,
				 &edition->listens, diag);
}

/* --- Directories, plan, peers --------------------------------------------- */

/* A file system that is in use can be neither grown nor made smaller. */
static int check_bounds(const struct config *config, const struct config *old,
			struct diag *diag)
{
	for (size_t i = 0; i < config->persist_count; i++)
		for (size_t j = 0; j < old->persist_count; j++) {
			const struct config_persist *persist =
				&config->persists[i];

			if (strcmp(persist->path, old->persists[j].path) != 0 ||
			    persist->bytes == old->persists[j].bytes)
				continue;
			diag_set(diag, -EBUSY,
				 "persist %s has another bound than in the "
				 "image that runs, and is in use",
				 persist->path);
			diag_hint(diag, "stop the jail, and run the new image");
			return -EBUSY;
		}
	return 0;
}

int edition_open(struct edition *edition, const char *jail,
		 const struct edition *before, struct diag *diag)
{
	const struct config *config = &edition->image->config;
	int r = 0;

	if (before)
		r = check_bounds(config, &before->image->config, diag);
	if (r == 0)
		r = places_open(config, jail, PERSIST_DIRECTORY,
				before ? &before->places : NULL,
				&edition->places, diag);
	if (r < 0)
		return r;
	/* What lasts, a supervisor at work does only if it must. */
	if (before && update_same_connects(config, &before->image->config))
		return peers_copy(&before->peers, &edition->peers, diag);
	return peers_resolve(config, &edition->peers, diag);
}

int edition_plan(struct edition *edition, struct plan_options options,
		 struct diag *diag)
{
	options.verity = edition->image->protection == PROTECTION_VERITY;
	options.places = &edition->places;
	options.peers = &edition->peers;
	return plan_make(&edition->image->config, &options, &edition->plan,
			 diag);
}
