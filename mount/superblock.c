#include "mount/superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "mount/mounts.h"

void superblock_loan_done(struct superblock_loan *loan)
{
	close_fd(&loan->loop);
	close_fd(&loan->taint);
}

/* --- Ownership ------------------------------------------------------------ */

static int take_descriptors(struct superblock *superblock, int image_fd,
			    struct superblock_loan *loan)
{
	superblock->image_fd = fcntl(image_fd, F_DUPFD_CLOEXEC, 0);
	if (superblock->image_fd < 0)
		return -errno;
	if (loan && loan->loop >= 0) {
		int error = loop_path(loan->loop, superblock->path);

		if (error < 0)
			return error;
		superblock->borrowed = true;
		superblock->loop = steal_fd(&loan->loop);
		superblock->taint = steal_fd(&loan->taint);
		return 0;
	}
	superblock->taint = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return superblock->taint < 0 ? -errno : 0;
}

int superblock_new(int image_fd, const char *label, bool keep,
		   struct superblock_loan *loan,
		   struct superblock **ret_superblock, struct diag *diag)
{
	struct superblock *superblock = malloc(sizeof(*superblock));
	int error;

	if (!superblock)
		return diag_oom(diag);
	*superblock = (struct superblock){
		.references = 1,
		.image_fd = -1,
		.label = strdup(label),
		.loop = -1,
		.keep = keep,
		.anchor = -1,
		.taint = -1,
	};
	error = superblock->label ? take_descriptors(superblock, image_fd, loan)
				  : -ENOMEM;
	if (error < 0) {
		superblock_unref(superblock);
		return diag_errno(diag, error,
				  "cannot prepare a device for the image");
	}
	*ret_superblock = superblock;
	return 0;
}

struct superblock *superblock_ref(struct superblock *superblock)
{
	superblock->references++;
	return superblock;
}

void superblock_unref(struct superblock *superblock)
{
	if (!superblock || --superblock->references > 0)
		return;
	close_fd(&superblock->anchor);
	close_fd(&superblock->loop);
	close_fd(&superblock->image_fd);
	close_fd(&superblock->taint);
	free(superblock->label);
	free(superblock);
}

void superblock_unref_pointer(struct superblock **superblock)
{
	superblock_unref(*superblock);
}

/* --- Mounting ------------------------------------------------------------- */

int superblock_attach(struct superblock *superblock, struct diag *diag)
{
	if (superblock->loop >= 0)
		return 0;
	return loop_attach(superblock->image_fd, superblock->label, false,
			   &superblock->loop, superblock->path, diag);
}

static int create_mount(const struct superblock *superblock, int *ret_mount,
			struct diag *diag)
{
	const struct mount_option options[] = {
		{ "source", superblock->path },
		{ "ro", NULL },
		{ NULL, NULL },
	};

	return mount_create("squashfs", options,
			    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				    MOUNT_ATTR_NODEV,
			    ret_mount, diag);
}

/* Somebody may have detached it by force; and from now on its fate is none of
 * ours. */
static int give_back(struct superblock *superblock, struct diag *diag)
{
	int taint = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (taint < 0)
		return diag_errno(diag, -errno, "cannot make a counter");
	close_fd(&superblock->taint);
	superblock->taint = taint;
	close_fd(&superblock->loop);
	superblock->borrowed = false;
	return superblock_attach(superblock, diag);
}

int superblock_mount(struct superblock *superblock, int *ret_mount,
		     struct diag *diag)
{
	CLEANUP_CLOSE int mount = -1;
	int error;

	if (superblock->borrowed &&
	    create_mount(superblock, &mount, NULL) < 0) {
		error = give_back(superblock, diag);
		if (error < 0)
			return error;
	}
	error = mount < 0 ? create_mount(superblock, &mount, diag) : 0;
	if (error == 0 && superblock->keep && superblock->anchor < 0)
		error = create_mount(superblock, &superblock->anchor, diag);
	if (error == 0)
		*ret_mount = steal_fd(&mount);
	return error;
}

/* --- Taint ---------------------------------------------------------------- */

void superblock_taint(struct superblock *superblock)
{
	/* It cannot overflow to any harm: then it is not 0 either. */
	(void)!eventfd_write(superblock->taint, 1);
}

bool superblock_is_tainted(const struct superblock *superblock)
{
	struct pollfd polled = { .fd = superblock->taint, .events = POLLIN };

	return poll(&polled, 1, 0) != 0;
}
