/*
 * What is known of the package lists of one suite: which ones they are, when
 * they were fetched, and for which settings of the host. Kept in the file
 * "state" of the suite's directory in the cache:
 *
 *     jailpack lists 1
 *     lists DIGEST          of the Release files
 *     host DIGEST           apt_host_fingerprint() at the time
 *     place PATH            six times: where that looks
 *
 * and its time is that of the fetching.
 */
#ifndef JAILPACK_DEBIAN_LISTS_H
#define JAILPACK_DEBIAN_LISTS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt_host.h"

#include <stdbool.h>
#include <time.h>

struct debian_lists {
	uint8_t digest[SHA256_SIZE];
	uint8_t host[SHA256_SIZE];
	struct apt_host places;
	time_t fetched;
};

#define CLEANUP_DEBIAN_LISTS CLEANUP(debian_lists_done)

void debian_lists_done(struct debian_lists *lists);

/* -ENOENT if there is none, or none that can be read; no diagnostic. */
int debian_lists_read(const char *directory,
		      struct debian_lists *ret_lists) MUST_CHECK;

/* The lists that are in the directory now have just been fetched. */
int debian_lists_write(const char *directory, const struct apt_host *host,
		       struct diag *diag) MUST_CHECK;

/* They are of the last day, and the host's settings are what they were. */
bool debian_lists_are_fresh(const struct debian_lists *lists);

/* They were fetched so shortly ago that fetching them again is no use. */
bool debian_lists_are_new(const struct debian_lists *lists);

#endif
