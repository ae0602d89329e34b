/*
 * What the packing host's apt is set up to do: where its files are and what
 * sources it has. Nothing here changes them.
 */
#ifndef JAILPACK_APT_HOST_H
#define JAILPACK_APT_HOST_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"

/* The files that decide what apt offers, in the order of apt.conf(5). */
enum apt_place {
	APT_MAIN,	      /* apt.conf */
	APT_PARTS,	      /* apt.conf.d */
	APT_SOURCE_LIST,      /* sources.list */
	APT_SOURCE_PARTS,     /* sources.list.d */
	APT_PREFERENCES,      /* preferences */
	APT_PREFERENCE_PARTS, /* preferences.d */
	APT_PLACES
};

struct apt_host {
	char *places[APT_PLACES]; /* absolute paths, whether there or not */
};

#define CLEANUP_APT_HOST CLEANUP(apt_host_done)

void apt_host_done(struct apt_host *host);

/* Asks apt-config(8). -ENOENT if the host has no apt. */
int apt_host_ask(struct apt_host *host, struct diag *diag) MUST_CHECK;

/*
 * A digest that changes when any of those files does: of their names, sizes
 * and times, and of $APT_CONFIG. 0 or -errno.
 */
int apt_host_fingerprint(const struct apt_host *host,
			 uint8_t ret_digest[SHA256_SIZE]) MUST_CHECK;

/*
 * The host's sources of `suite`, in either style of sources.list(5). -ENOENT
 * if the host has nothing that it could come from. With a `suite` of NULL it
 * is only checked that the host has any sources, and the texts stay empty.
 */
int apt_host_sources(const struct apt_host *host, const char *suite,
		     struct buf *lines, struct buf *stanzas,
		     struct diag *diag) MUST_CHECK;

#endif
