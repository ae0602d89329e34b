/*
 * What `apt-cache policy` tells of packages: which versions there are, and
 * from where. Pure.
 */
#ifndef JAILPACK_APT_POLICY_H
#define JAILPACK_APT_POLICY_H

#include "lib/base.h"

#include <stdbool.h>

struct apt_version {
	char *version;
	bool security; /* an archive of security updates has it */
};

/* A package that is offered. */
struct apt_offer {
	char *name;	 /* NAME, or NAME:ARCHITECTURE of a foreign one */
	char *candidate; /* the version that apt would install, or NULL */
	char *release;	 /* the first that has it: "bookworm/main"; or NULL */
	struct apt_version *versions; /* in apt's order, the newest first */
	size_t version_count;
};

struct apt_offers {
	struct apt_offer *items; /* sorted by name, each once */
	size_t count;
};

#define CLEANUP_APT_OFFERS CLEANUP(apt_offers_done)

void apt_offers_done(struct apt_offers *offers);

/* Add what a text tells, in the C locale. What is not understood is left out.
 * 0 or -ENOMEM. */
int apt_policy_parse(const char *text, struct apt_offers *offers) MUST_CHECK;

/* With all of it added: sort it, which apt_offers_find() needs. */
void apt_offers_sort(struct apt_offers *offers);

/* NULL if it is not offered. */
const struct apt_offer *apt_offers_find(const struct apt_offers *offers,
					const char *name);

#endif
