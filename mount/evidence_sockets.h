/*
 * The internet sockets that a jail's processes hold, and whom they speak with.
 * They belong to the host's network namespace, whose tables name each by its
 * inode, as /proc/PID/fd does.
 *
 * Format: /proc/net/tcp and its like, proc_net(5).
 */
#ifndef JAILMOUNT_EVIDENCE_SOCKETS_H
#define JAILMOUNT_EVIDENCE_SOCKETS_H

#include "lib/base.h"

#include <jansson.h>
#include <stdint.h>

enum { EVIDENCE_SOCKETS_MAX = 16384 };

struct evidence_sockets {
	uint64_t *inodes;
	size_t count;
};

#define EVIDENCE_SOCKETS_INIT ((struct evidence_sockets){ 0 })

void evidence_sockets_done(struct evidence_sockets *sockets);

/* Remember it if this is the target of a link to a socket, "socket:[N]". */
int evidence_sockets_want(struct evidence_sockets *sockets,
			  const char *target) MUST_CHECK;

/* Append those that are wanted to an array. `proc` is /proc. */
int evidence_sockets_read(struct evidence_sockets *sockets, int proc,
			  json_t *array) MUST_CHECK;

/*
 * One line of a table: {"protocol","inode","local","remote","state"}, or NULL
 * if it is none or its inode is not wanted. `family` is AF_INET or AF_INET6.
 */
json_t *evidence_sockets_line(const struct evidence_sockets *sockets,
			      const char *protocol, int family,
			      const char *line);

#endif
