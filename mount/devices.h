/*
 * The jail's /dev: a small file system with the nodes that the contract names
 * and nothing else, read-only once it is furnished. Writing to a device or a
 * FIFO needs no writable file system.
 */
#ifndef JAILMOUNT_DEVICES_H
#define JAILMOUNT_DEVICES_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdint.h>

/* Where the service says that it is ready, if the contract wants to hear it. */
#define DEVICES_NOTIFY "/dev/notify"

/* The other ends of what the jail logs and announces to: -1 where there is
 * none. */
struct device_ends {
	int stdout_fifo;
	int stderr_fifo;
	int syslog;
	int notify; /* datagrams with the sender's credentials */
};

#define DEVICE_ENDS_INIT ((struct device_ends){ -1, -1, -1, -1 })

void device_ends_close(struct device_ends *ends);

/*
 * Make it as a detached mount: nosuid, noexec, read-only. `base` is the
 * host's number for the jail's id 0. The FIFOs and the socket belong to the
 * host's root, so that not even the jail's root can read what it has written
 * or bind other sockets in their place.
 */
int devices_create(const struct config *config, uint32_t base, int *ret_mount,
		   struct device_ends *ret_ends, struct diag *diag) MUST_CHECK;

#endif
