/*
 * The user namespace of a jail.
 */
#ifndef JAILMOUNT_USER_NAMESPACE_H
#define JAILMOUNT_USER_NAMESPACE_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

struct user_namespace {
	int fd;		       /* which holds it */
	struct holder *holder; /* the process it was born with, until reaped */
};

#define USER_NAMESPACE_INIT ((struct user_namespace){ .fd = -1 })

/*
 * A user namespace in which the ids 0 to length-1 are the host's from `base`
 * on, users and groups alike.
 *
 * A namespace needs a process to be born with, which has been killed when this
 * returns, but may still be dying: user_namespace_settle() waits for that, so
 * that other things can be done meanwhile.
 */
int user_namespace_create(uint32_t base, uint32_t length,
			  struct user_namespace *ret_namespace,
			  struct diag *diag) MUST_CHECK;
void user_namespace_settle(struct user_namespace *user_namespace);

/* Settles it, too. */
void user_namespace_done(struct user_namespace *user_namespace);

#endif
