/*
 * What of the host's storage a jail reads and writes, for the limits of
 * `limit io`: the image where it was too large to be copied into memory, what
 * is kept, and what is shared. The writable layers lie in memory.
 */
#ifndef JAILMOUNT_STORAGE_H
#define JAILMOUNT_STORAGE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/places.h"

#include <sys/types.h>

struct storage {
	dev_t *devices; /* whole block devices, each once */
	size_t count;
};

#define STORAGE_INIT ((struct storage){ 0 })
#define CLEANUP_STORAGE CLEANUP(storage_done)

void storage_done(struct storage *storage);

/*
 * `image` is the image's file and `device` what is mounted of it; places may be
 * NULL. -ENOTSUP for a directory that neither lies in memory nor on one block
 * device: nobody could limit that.
 */
int storage_find(int image, int device, const struct places *places,
		 struct storage *ret_storage, struct diag *diag) MUST_CHECK;

#endif
