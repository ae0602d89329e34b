/*
 * The verified image as a file system: a loop device over its bytes, over that
 * a device of dm-verity if that is what protects it, and the superblock that
 * the kernel makes of the upper device. Whoever mounts the device
 * again is given the same superblock, with all that was decompressed of it;
 * each mount still has owners of its own (idmap.h).
 *
 * The generations of a jail share one until a restore takes a fresh one, and
 * so do the jails that were started from one image (borrow.h). What a hole in
 * the kernel lets an intruder alter in the page cache, all who share it see.
 * Therefore an alarm about any of them taints it, by a counter (eventfd(2))
 * that goes from jail to jail with the device: whoever starts then takes
 * another.
 */
#ifndef JAILMOUNT_SUPERBLOCK_H
#define JAILMOUNT_SUPERBLOCK_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/loop.h"
#include "mount/verify.h"
#include "mount/verity.h"

#include <stdbool.h>

struct superblock {
	unsigned int references;
	int image_fd; /* its own copy */
	enum protection protection;
	struct image_layout layout;
	uint8_t contract_digest[SHA256_SIZE];
	char *label; /* what losetup(8) shows */
	int loop;    /* -1: not attached yet */
	char path[LOOP_PATH_SIZE];
	struct verity verity; /* none but where that is the protection */
	bool borrowed;	      /* another supervisor has attached it */
	bool keep;	      /* in memory, even while nobody has it mounted */
	bool warm;	      /* it has been mounted before */
	int anchor;	      /* the mount that does so */
	int taint;	      /* the counter */
};

/* What is needed to share the one of another supervisor. */
struct superblock_loan {
	int loop;
	int verity; /* -1: none */
	int taint;
};

#define SUPERBLOCK_LOAN_INIT                                                   \
	((struct superblock_loan){ .loop = -1, .verity = -1, .taint = -1 })
#define CLEANUP_SUPERBLOCK_LOAN CLEANUP(superblock_loan_done)

void superblock_loan_done(struct superblock_loan *loan);

/* What one is made from; nothing of it is needed afterwards. */
struct superblock_source {
	const struct verified_image *image;
	const char *label; /* the jail's name */
	bool keep;
	struct superblock_loan *loan; /* or NULL */
};

/*
 * Nothing is attached before superblock_attach(). With a loan, which is taken
 * over, the devices there are used. The caller has the one reference.
 */
int superblock_new(const struct superblock_source *source,
		   struct superblock **ret_superblock,
		   struct diag *diag) MUST_CHECK;

struct superblock *superblock_ref(struct superblock *superblock);
/* The device detaches itself when nothing is mounted from it either. NULL is
 * fine. */
void superblock_unref(struct superblock *superblock);
#define CLEANUP_SUPERBLOCK CLEANUP(superblock_unref_pointer)
void superblock_unref_pointer(struct superblock **superblock);

/* Attach the image to a loop device, if it is not. */
int superblock_attach(struct superblock *superblock,
		      struct diag *diag) MUST_CHECK;

/*
 * And that to dm-verity, if that is the protection and it is not. -EBADMSG if
 * what can be read through it, and is what the root hash stands for, is not
 * what was believed of the image: the file has changed in between.
 */
int superblock_attach_verity(struct superblock *superblock,
			     struct diag *diag) MUST_CHECK;

/* The device that is mounted. -1: not attached yet. */
int superblock_device(const struct superblock *superblock);

/* Whether dm-verity has met a block that is not the image's. */
bool superblock_is_corrupted(const struct superblock *superblock);

/*
 * A detached mount, ro,nosuid,nodev; it is cold if nothing of the image can
 * have been decompressed yet. Where one that was borrowed has become
 * useless a device of one's own takes its place.
 */
int superblock_mount(struct superblock *superblock, int *ret_mount,
		     bool *ret_cold, struct diag *diag) MUST_CHECK;

void superblock_taint(struct superblock *superblock);
bool superblock_is_tainted(const struct superblock *superblock);

#endif
