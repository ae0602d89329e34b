/*
 * Whether a connection that was made to a socket of this host has been
 * accepted by somebody, as the kernel tells: sock_diag(7).
 */
#ifndef JAILMOUNT_ACCEPTED_H
#define JAILMOUNT_ACCEPTED_H

#include "lib/base.h"
#include "mount/network_namespace.h"

#include <stdbool.h>

/* `socket` is the caller's end. False, too, where that cannot be told. */
bool is_accepted(int socket, const struct network_namespace *network);

#endif
