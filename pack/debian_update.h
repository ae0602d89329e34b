/*
 * The package lists of a request, kept new. The cache is locked where they
 * change.
 */
#ifndef JAILPACK_DEBIAN_UPDATE_H
#define JAILPACK_DEBIAN_UPDATE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/debian_request.h"

/* Into request->lists. -ENOENT if there are none; no diagnostic. */
int debian_read_lists(struct debian_request *request) MUST_CHECK;

/* Fetch them. */
int debian_update_lists(struct debian_request *request,
			struct diag *diag) MUST_CHECK;

/*
 * Fetch them if they are not fresh or if the request wants that. Old ones are
 * better than none if the mirror cannot be reached: a warning, unless new ones
 * were asked for.
 */
int debian_need_lists(struct debian_request *request,
		      struct diag *diag) MUST_CHECK;

/* Whatever the operator should know. */
void debian_warn(const struct debian_request *request, const char *text);

#endif
