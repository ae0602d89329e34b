/*
 * The addresses of a jail that the host answers for at an interface of its
 * own. The kernel takes them away with nothing else, so they are written down
 * before they are made: in the jail's state directory, for the next start.
 *
 * Format: a line for each, ADDRESS INTERFACE.
 */
#ifndef JAILMOUNT_NETWORK_PROXIES_H
#define JAILMOUNT_NETWORK_PROXIES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/socket_address.h"

/* `directory` is open on the state directory. 0 or -errno. */
int network_proxies_note(int directory, const struct socket_address *address,
			 unsigned int interface) MUST_CHECK;

/* They are gone. */
void network_proxies_forget(int directory);

/* Take away those that a supervisor which was killed has left. */
int network_proxies_clear(int directory, struct diag *diag) MUST_CHECK;

#endif
