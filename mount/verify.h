/*
 * The image, verified: opened once, and from then on only the descriptor is
 * used. Every byte is hashed before the first is mounted, which finds what is
 * damaged when somebody is there to read of it. That the bytes that were
 * hashed are the bytes that run, whatever becomes of the file, is the matter of
 * one of these:
 *
 *   dm-verity         where the kernel has it: the file stays where it lies,
 *                     and each block is hashed again whenever it is read
 *                     (verity.h)
 *   a sealed memfd    elsewhere: the file is copied into memory, sealed against
 *                     every change, and hashed there
 *   nothing           for an image above a limit, elsewhere: it is verified
 *                     where it lies, and told so
 *
 * Whether it may run here, for who has signed it, is part of it (verdict.h).
 */
#ifndef JAILMOUNT_VERIFY_H
#define JAILMOUNT_VERIFY_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "lib/sha256.h"
#include "mount/verdict.h"

#include <stdbool.h>
#include <stdint.h>

/* Images up to this size are copied into memory unless said otherwise. */
#define VERIFY_SEAL_LIMIT ((uint64_t)1 << 30)

enum protection {
	PROTECTION_IN_PLACE, /* none */
	PROTECTION_SEALED,
	PROTECTION_VERITY,
};

struct verified_image {
	int fd; /* the sealed memfd, or the file itself; read-only use */
	enum protection protection;
	struct image_layout layout;
	struct config config;
	uint8_t contract_digest[SHA256_SIZE]; /* of what that was read from */
	struct verdict verdict;
};

#define VERIFIED_IMAGE_INIT ((struct verified_image){ .fd = -1 })

/* Whether dm-verity is to be used. */
enum verity_use {
	VERITY_IF_THERE,
	VERITY_ALWAYS, /* or nothing runs */
	VERITY_NEVER,
};
#define CLEANUP_VERIFIED_IMAGE CLEANUP(verified_image_done)

void verified_image_done(struct verified_image *image);

struct verify_options {
	uint64_t seal_limit;
	enum verity_use verity;
	bool allow_unsigned; /* where certificates are installed */
	/* Not NULL: the one root hash that it may have. It was judged before,
	   and no verdict is given again. */
	const uint8_t *root_hash;
};

#define VERIFY_OPTIONS_INIT                                                    \
	((struct verify_options){ .seal_limit = VERIFY_SEAL_LIMIT })

/*
 * Open the file at `path`, copy it if that is its protection, verify the whole
 * of it, read its contract and judge it. -EBADMSG for what is not an intact
 * image, -EOPNOTSUPP for want of dm-verity, others as verdict_give().
 * *ret_image is untouched on failure.
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

/* What another supervisor has of an image under dm-verity. */
struct verity_loan {
	int loop;
	int verity;
};

/*
 * The same for that: the kernel is asked what root hash the device goes by, and
 * what that covers is read through it. *ret_image has the file at `path`, of
 * which nothing else has been read but what the root hash does not cover.
 */
int verify_lent_verity(const char *path, const struct verity_loan *loan,
		       const struct verify_options *options,
		       struct verified_image *ret_image) MUST_CHECK;

/*
 * Whether an open device of dm-verity, which goes by the root hash of `layout`,
 * has that layout and this contract: both were read from the file, which may
 * have changed since it was hashed. -EBADMSG if not.
 */
int verify_device(int device, const struct image_layout *layout,
		  const uint8_t contract_digest[SHA256_SIZE],
		  struct diag *diag) MUST_CHECK;

/*
 * The same in three steps, for a supervisor that must not be kept waiting.
 * verify_open() opens the file and makes room for it: `fd` and `protection`
 * are set, and *ret_file is the file that is still to be copied, or -1. A child
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
