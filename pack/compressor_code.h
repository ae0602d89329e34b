/*
 * Which code compresses: another version of a library may compress the same
 * block to other bytes.
 */
#ifndef JAILPACK_COMPRESSOR_CODE_H
#define JAILPACK_COMPRESSOR_CODE_H

#include "lib/base.h"
#include "lib/sha256.h"

/*
 * The digest of the code of libsquashfs and of the shared library `name`
 * ("libzstd"), as they are in the memory of this process. Where libsquashfs is
 * part of the program itself, that of the program.
 */
void compressor_code_digest(const char *name, uint8_t ret_digest[SHA256_SIZE]);

#endif
