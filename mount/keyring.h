/*
 * The session keyring: without one of its own, a jail would inherit that of
 * whoever started it.
 */
#ifndef JAILMOUNT_KEYRING_H
#define JAILMOUNT_KEYRING_H

#include "lib/base.h"
#include "lib/diag.h"

/* Leave the inherited one for a fresh, nameless one. Nothing is to be done in
 * a kernel without keys. */
int keyring_renew(struct diag *diag) MUST_CHECK;

#endif
