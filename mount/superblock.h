/*
 * The verified image as a file system: a loop device over its bytes, and the
 * superblock that the kernel makes of that device. Whoever mounts the device
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

#include <stdbool.h>

struct superblock {
	unsigned int references;
	int image_fd; /* its own copy */
	char *label;  /* what losetup(8) shows */
	int loop;     /* -1: not attached yet */
	char path[LOOP_PATH_SIZE];
	bool borrowed; /* another supervisor has attached it */
	bool keep;     /* in memory, even while nobody has it mounted */
	int anchor;    /* the mount that does so */
	int taint;     /* the counter */
};

/* What is needed to share the one of another supervisor. */
struct superblock_loan {
	int loop;
	int taint;
};

#define SUPERBLOCK_LOAN_INIT                                                   \
	((struct superblock_loan){ .loop = -1, .taint = -1 })
#define CLEANUP_SUPERBLOCK_LOAN CLEANUP(superblock_loan_done)

void superblock_loan_done(struct superblock_loan *loan);

/*
 * Nothing is attached before superblock_attach(). With a `loan`, which is
 * taken over, the device there is used. The caller has the one reference.
 */
int superblock_new(int image_fd, const char *label, bool keep,
		   struct superblock_loan *loan,
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
 * A detached mount, ro,nosuid,nodev. Where one that was borrowed has become
 * useless a device of one's own takes its place.
 */
int superblock_mount(struct superblock *superblock, int *ret_mount,
		     struct diag *diag) MUST_CHECK;

void superblock_taint(struct superblock *superblock);
bool superblock_is_tainted(const struct superblock *superblock);

#endif
