/*
 * SHA-256 of a file.
 */
#ifndef JAILPACK_DIGEST_H
#define JAILPACK_DIGEST_H

#include "lib/base.h"
#include "lib/sha256.h"

/* From its beginning, where it is again afterwards. -errno. */
int digest_file(int fd, uint8_t ret_digest[SHA256_SIZE]) MUST_CHECK;

#endif
