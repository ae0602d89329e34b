/*
 * An edition: one image that a jail runs, and what follows from it. A jail has
 * one, and a second while it changes from one image to another; generations of
 * both live side by side then, each with what its own image says.
 */
#ifndef JAILMOUNT_EDITION_H
#define JAILMOUNT_EDITION_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/life.h"
#include "mount/listen_table.h"
#include "mount/logs.h"
#include "mount/peers.h"
#include "mount/places.h"
#include "mount/plan.h"
#include "mount/verify.h"

struct edition {
	struct edition *next;	      /* in the supervisor's list */
	struct verified_image *image; /* `own`, or not owned */
	struct verified_image own;
	char *image_path; /* absolute: it may be read again */
	char **words;	  /* of --listen; NULL-terminated or NULL */
	struct listen_table listens;
	struct places places;
	struct peers peers;
	struct plan plan;
	struct log_sink sink; /* the jail's, under this image's name */
	struct life_setting setting;
};

/* Of an image that is not owned, or, with NULL, of one that is to come into
 * `own`. NULL without memory. */
struct edition *edition_new(struct verified_image *image,
			    const char *image_path);
/* Nothing that lives may come from it any more. NULL is fine. */
void edition_free(struct edition *edition);

/*
 * Which ports are served where. `before`, or NULL, is what the jail runs: what
 * was said for it holds on for the ports that are still there, as long as
 * `words` say nothing else.
 */
int edition_listen(struct edition *edition, char *const *words,
		   const struct edition *before, struct diag *diag) MUST_CHECK;

/* Directories and peers. */
int edition_open(struct edition *edition, const char *jail,
		 const struct edition *before, struct diag *diag) MUST_CHECK;

/* And the plan, from options that say all but what the image says. */
int edition_plan(struct edition *edition, struct plan_options options,
		 struct diag *diag) MUST_CHECK;

/* Its log, beside `base`, which outlives it. */
int edition_open_log(struct edition *edition, const char *jail,
		     struct log_sink *base, struct events *events,
		     struct diag *diag) MUST_CHECK;
/* The jail's own lines have this edition's name from now on. */
void edition_name_log(const struct edition *edition, const char *jail,
		      struct log_sink *sink);

/* "apache 2.4.62 3f2a9c1b": jail, version, beginning of the root hash. */
char *edition_origin(const struct edition *edition, const char *jail);

/* The version, or "" if there is none. */
const char *edition_version(const struct edition *edition);

#endif
