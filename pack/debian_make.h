/*
 * From packages to a root of them in the cache, which is locked meanwhile.
 */
#ifndef JAILPACK_DEBIAN_MAKE_H
#define JAILPACK_DEBIAN_MAKE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/debian_request.h"

#include <stdbool.h>

/*
 * The root of request->wanted, of which `digest` is debian_root_digest(): it
 * is made if there is none. What is not there is had by request->fetch.
 * *ret_fd as debian_cache_use_root() gives it.
 */
int debian_make_root(struct debian_request *request,
		     const uint8_t digest[SHA256_SIZE], int *ret_fd,
		     struct diag *diag) MUST_CHECK;

/* For request->fetch: the package is unpacked, or its file is there and of the
 * right size; whether it is the right one is seen when it is opened. */
bool debian_has_file(const struct debian_request *request,
		     const struct apt_package *package);

#endif
