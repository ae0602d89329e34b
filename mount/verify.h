/*
 * The image, verified: opened once, and from then on only the descriptor is
 * used. The bytes that were hashed are the bytes that run, whatever becomes of
 * the file: they are copied into a memfd, sealed against every change, and
 * hashed there.
 *
 * An image above a limit is verified where it lies, which `sealed` tells.
 */
#ifndef JAILMOUNT_VERIFY_H
#define JAILMOUNT_VERIFY_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"

#include <stdbool.h>
#include <stdint.h>

/* Images up to this size are copied into memory unless said otherwise. */
#define VERIFY_SEAL_LIMIT ((uint64_t)1 << 30)

struct verified_image {
	int fd; /* the sealed memfd, or the file itself; read-only use */
	bool sealed;
	struct image_layout layout;
	struct config config;
};

#define VERIFIED_IMAGE_INIT ((struct verified_image){ .fd = -1 })
#define CLEANUP_VERIFIED_IMAGE CLEANUP(verified_image_done)

void verified_image_done(struct verified_image *image);

/*
 * Open the file at `path`, copy it if it is no longer than `seal_limit` bytes,
 * verify the whole of it and read its contract. -EBADMSG for what is not an
 * intact image. *ret_image is untouched on failure.
 */
int verify_image(const char *path, uint64_t seal_limit,
		 struct verified_image *ret_image,
		 struct diag *diag) MUST_CHECK;

/*
 * The same for the copy that another supervisor has verified and sealed: all
 * but the hashing. What of the file at `path` the root hash does not cover has
 * to be the same there; of what it covers nothing is read, because it is the
 * copy that runs. The descriptor stays the caller's. 0 or -errno.
 */
int verify_lent(const char *path, int lent_fd,
		struct verified_image *ret_image) MUST_CHECK;

/*
 * Hash it once more, before it is mounted again. What a seal forbids a kernel
 * with a hole may do all the same: -EBADMSG if the bytes are not those that
 * were verified.
 */
int verify_again(const struct verified_image *image,
		 struct diag *diag) MUST_CHECK;

#endif
