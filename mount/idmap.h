/*
 * The user namespace of a jail, and mounts seen through it: what the image
 * says belongs to 0 belongs to the first id of the jail's range.
 */
#ifndef JAILMOUNT_IDMAP_H
#define JAILMOUNT_IDMAP_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * A user namespace in which the ids 0 to length-1 are the host's from `base`
 * on, users and groups alike. It is held by the descriptor alone.
 */
int user_namespace_create(uint32_t base, uint32_t length, int *ret_namespace,
			  struct diag *diag) MUST_CHECK;

/* Map the owners in a detached mount. */
int idmap_mount(int mount, int user_namespace, struct diag *diag) MUST_CHECK;

#endif
