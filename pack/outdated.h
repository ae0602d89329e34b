/*
 * --outdated: the versions of the packages in images against what apt offers
 * now. Packages are looked for in the suite that the bill names, others in
 * what the host's own sources offer.
 */
#ifndef JAILPACK_OUTDATED_H
#define JAILPACK_OUTDATED_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/apt_policy.h"

#include <stdbool.h>

struct outdated_options {
	const char *cache; /* as in debian_options */
	bool refresh;
	bool json;
	void (*progress)(void *context, const char *text); /* or NULL */
	void (*warn)(void *context, const char *text);	   /* or NULL */
	void *context;
};

enum outdated_verdict {
	OUTDATED_NOTHING,
	OUTDATED_SOMETHING,
	OUTDATED_UNKNOWN, /* of an image no package at all is offered: it is
			     of something else */
};

/* Every image is opened and verified. */
int outdated_answer(char *const *images, const struct outdated_options *options,
		    struct buf *text, enum outdated_verdict *ret_verdict,
		    struct diag *diag) MUST_CHECK;

/* --- For outdated*.c alone ------------------------------------------------ */

enum outdated_status {
	PACKAGE_CURRENT,
	PACKAGE_SECURITY, /* a newer version, one of them for security */
	PACKAGE_NEWER,	  /* a newer version */
	PACKAGE_GONE,	  /* not offered */
};

struct outdated_package {
	const struct bill_package *package;
	enum outdated_status status;
	const struct apt_offer *offer; /* NULL if it is gone */
};

struct outdated_image {
	const char *name; /* as the operator gave it */
	struct bill bill;
	struct outdated_package *packages; /* that have a version; by name */
	size_t package_count;
	size_t counts[PACKAGE_GONE + 1]; /* by status */
};

/* What an offer means for a package. Pure. `offer` may be NULL. */
enum outdated_status outdated_status(const struct bill_package *package,
				     const struct apt_offer *offer);

/* True if none of its packages is offered, or none that is for an
 * architecture. */
bool outdated_is_foreign(const struct outdated_image *image);

/* outdated_show.c */
void outdated_show(const struct outdated_image *image, struct buf *text);
int outdated_show_json(const struct outdated_image *images, size_t count,
		       struct buf *text, struct diag *diag) MUST_CHECK;

#endif
