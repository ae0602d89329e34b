/*
 * How many connections one client may begin in a time: a bucket of tokens for
 * each address, kept as the one moment at which it will be full again (the
 * generic cell rate algorithm, ITU-T I.371). The table has a fixed size: an
 * address that is new takes the place of the one whose bucket is the fullest,
 * which has the least to be remembered for.
 *
 * Of an IPv6 address the first 64 bits count: the rest is its owner's to
 * choose. Pure.
 */
#ifndef JAILMOUNT_SOURCE_RATE_H
#define JAILMOUNT_SOURCE_RATE_H

#include "lib/base.h"
#include "mount/socket_address.h"

#include <stdbool.h>

enum { SOURCE_RATE_KEPT = 1024 };

struct source_rate {
	uint32_t most; /* 0: any number */
	uint32_t milliseconds;
	struct {
		uint8_t key[16];
		int64_t full_at; /* microseconds; 0: never used */
	} sources[SOURCE_RATE_KEPT];
};

/* Whether one more may begin, `now` in microseconds; it is counted if so. */
bool source_rate_admit(struct source_rate *rate,
		       const struct socket_address *address, int64_t now);

#endif
