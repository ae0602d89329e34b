/*
 * SHA-256 of two messages at once.
 *
 * The instructions that x86 processors have for SHA-256 wait for one another:
 * with one message a processor is busy for half of the time. A hash tree has
 * thousands of messages of one length, and a jail cannot start before all of
 * them are hashed; libcrypto has no function for that.
 *
 * FIPS 180-4; Intel's description of SHA256RNDS2, SHA256MSG1 and SHA256MSG2.
 */
#ifndef JAIL_SHA256_PAIR_H
#define JAIL_SHA256_PAIR_H

#include "lib/base.h"
#include "lib/sha256.h"

#include <stdbool.h>

/* Does this processor have them? It is asked anew each time, which takes some
 * microseconds in a virtual machine. */
bool sha256_pair_is_there(void);

/*
 * The digests of two messages of `length` bytes, a multiple of 64. Only where
 * sha256_pair_is_there().
 */
void sha256_pair(const uint8_t *first, const uint8_t *second, size_t length,
		 uint8_t ret_first[SHA256_SIZE],
		 uint8_t ret_second[SHA256_SIZE]);

#endif
