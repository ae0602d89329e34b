/*
 * What a service says of itself, as sd_notify(3) does: a datagram of lines
 * NAME=value. READY and STATUS are heard, other names are nobody's business
 * here; descriptors that come along are closed.
 */
#ifndef JAILMOUNT_ANNOUNCEMENT_H
#define JAILMOUNT_ANNOUNCEMENT_H

#include "lib/base.h"

#include <stdbool.h>

enum {
	ANNOUNCEMENT_MAX = 4096, /* bytes; more is not heard */
	ANNOUNCEMENT_STATUS_MAX = 256,
};

struct announcement {
	bool ready;
	const char *status; /* in the message; NULL: says nothing of it */
	size_t status_length;
};

/* Any bytes. Pure. */
struct announcement announcement_parse(const char *message, size_t length);

/*
 * The next one from a socket that has SO_PASSCRED; `message` has room for
 * ANNOUNCEMENT_MAX bytes. 1; 0 if there is none, or one that counts for
 * nothing: too long, or of a user who is none of the jail's `ids` from
 * `first_id` on.
 */
int announcement_receive(int fd, uint32_t first_id, uint32_t ids, char *message,
			 struct announcement *ret_announcement);

#endif
