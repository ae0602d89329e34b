/*
 * The names of peers in the jail's /etc/hosts.
 *
 * The host has looked them up, and a jail that calls nobody but its peers
 * cannot do so itself. Each generation gets a small file of its own over the
 * image's, with what that says behind the peers.
 *
 * Format: hosts(5).
 */
#ifndef JAILMOUNT_HOSTS_H
#define JAILMOUNT_HOSTS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/peers.h"

enum { HOSTS_MAX = 256 << 10 /* bytes of the image's that are read */ };

/* The whole text; `image` is what the image says. Pure. */
void hosts_put(const struct config *config, const struct peers *peers,
	       const struct buf *image, struct buf *text);

/*
 * Attach the file beneath `root`, the jail's root in a mount namespace of its
 * own, owned by `owner`. Where there is no file to attach it to, `notes`
 * receives a line, and names are not known in the jail.
 */
int hosts_attach(const struct config *config, const struct peers *peers,
		 int root, uint32_t owner, struct buf *notes,
		 struct diag *diag) MUST_CHECK;

#endif
