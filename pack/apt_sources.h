/*
 * Entries of apt's sources, as text: sources.list(5), both the one-line and
 * the deb822 style. Pure.
 *
 * From what the host has, the entries for one suite are taken over: the suite
 * itself, its updates and its security updates, with every option that the
 * host's entry has (keyring, architectures, proxies are apt.conf's). A suite
 * that the host does not have is had from the mirrors of one that it has.
 */
#ifndef JAILPACK_APT_SOURCES_H
#define JAILPACK_APT_SOURCES_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

struct apt_suite_choice {
	const char *suite; /* wanted */
	/*
	 * NULL: take entries that have it. Otherwise take those that have
	 * this one, a release of the same archive, and ask them for `suite`.
	 */
	const char *instead_of;
};

/*
 * Append to `chosen`, in the style of `text`, what its entries have to offer.
 * *count grows by the number of entries taken. What is no entry is left out.
 * 0 or -ENOMEM.
 */
int apt_sources_choose(const char *text, bool deb822,
		       const struct apt_suite_choice *choice,
		       struct buf *chosen, size_t *count) MUST_CHECK;

/* How many enabled entries of binary packages a text has. */
size_t apt_sources_count(const char *text, bool deb822);

#endif
