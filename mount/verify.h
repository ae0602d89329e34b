/*
 * The image, verified: opened once, and from then on only the descriptor is
 * used. The bytes that were hashed are the bytes that run, whatever becomes of
 * the file: they are copied into a memfd, sealed against every change, and
 * hashed there.
 *
 * An image above a limit is verified where it lies, which `sealed` tells.
 *
 * Whether it may run here, for who has signed it, is part of it (verdict.h).
 */
#ifndef JAILMOUNT_VERIFY_H
#define JAILMOUNT_VERIFY_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "mount/verdict.h"

#include <stdbool.h>
#include <stdint.h>

/* Images up to this size are copied into memory unless said otherwise. */
#define VERIFY_SEAL_LIMIT ((uint64_t)1 << 30)

struct verified_image {
	int fd; /* the sealed memfd, or the file itself; read-only use */
	bool sealed;
	struct image_layout layout;
	struct config config;
	struct verdict verdict;
};

#define VERIFIED_IMAGE_INIT ((struct verified_image){ .fd = -1 })
#define CLEANUP_VERIFIED_IMAGE CLEANUP(verified_image_done)

void verified_image_done(struct verified_image *image);

struct verify_options {
	uint64_t seal_limit;
	bool allow_unsigned; /* where certificates are installed */
	/* Not NULL: the one root hash that it may have. It was judged before,
	   and no verdict is given again. */
	const uint8_t *root_hash;
};

#define VERIFY_OPTIONS_INIT                                                    \
	((struct verify_options){ .seal_limit = VERIFY_SEAL_LIMIT })

/*
 * Open the file at `path`, copy it if it is no longer than the limit, verify
 * the whole of it, read its contract and judge it. -EBADMSG for what is not an
 * intact image, others as verdict_give(). *ret_image is untouched on failure.
 */
int verify_image(const char *path, const struct verify_options *options,
		 struct verified_image *ret_image,
		 struct diag *diag) MUST_CHECK;

/*
 * The same for the copy that another supervisor has verified and sealed: all
 * but the hashing. What of the file at `path` the root hash does not cover has
 * to be the same there; of what it covers nothing is read, because it is the
 * copy that runs. The descriptor stays the caller's. 0 or -errno.
 */
int verify_lent(const char *path, int lent_fd,
		const struct verify_options *options,
		struct verified_image *ret_image) MUST_CHECK;

/*
 * The same in three steps, for a supervisor that must not be kept waiting.
 * verify_open() opens the file and makes room for it: `fd` and `sealed` are
 * set, and *ret_file is the file that is still to be copied, or -1. A child
 * then does verify_fill(), which takes time; its copy of the descriptors is
 * as good. When it has given 0, verify_finish() reads what the image says,
 * and judges it.
 */
int verify_open(const char *path, const struct verify_options *options,
		struct verified_image *ret_image, int *ret_file,
		struct diag *diag) MUST_CHECK;
int verify_fill(const char *path, int file, struct verified_image *image,
		struct diag *diag) MUST_CHECK;
int verify_finish(const char *path, const struct verify_options *options,
		  struct verified_image *image, struct diag *diag) MUST_CHECK;

/*
 * Hash it once more, before it is mounted again. What a seal forbids a kernel
 * with a hole may do all the same: -EBADMSG if the bytes are not those that
 * were verified.
 */
int verify_again(const struct verified_image *image,
		 struct diag *diag) MUST_CHECK;

#endif
