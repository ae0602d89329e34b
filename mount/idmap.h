/*
 * Mounts seen through a user namespace: what the image says belongs to 0
 * belongs to the first id of the jail's range.
 */
#ifndef JAILMOUNT_IDMAP_H
#define JAILMOUNT_IDMAP_H

#include "lib/base.h"
#include "lib/diag.h"

/* Map the owners in a detached mount. `user_namespace` is a descriptor. */
int idmap_mount(int mount, int user_namespace, struct diag *diag) MUST_CHECK;

#endif
