/*
 * Where units are: systemd.unit(5), "UNIT FILE LOAD PATH". For from_unit.c.
 */
#ifndef JAILPACK_FROM_UNIT_FIND_H
#define JAILPACK_FROM_UNIT_FIND_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/unit_file.h"

struct found_unit {
	char *name; /* "foo@bar.service" */
	char *path; /* of its file */
	struct unit_file file;
};

#define FOUND_UNIT_INIT ((struct found_unit){ 0 })

void found_unit_done(struct found_unit *unit);

/*
 * A unit with its drop-ins. `name` is a path if it has a slash, and its
 * drop-ins lie beside it then; a name without a type is a service's. -ENOENT
 * with a diagnostic.
 */
int unit_find(const char *name, struct found_unit *ret_unit,
	      struct diag *diag) MUST_CHECK;

/* The socket unit that goes with a service; -ENOENT without a diagnostic. */
int unit_find_socket(const struct found_unit *service,
		     struct found_unit *ret_socket,
		     struct diag *diag) MUST_CHECK;

#endif
