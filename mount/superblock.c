#include "mount/superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "mount/mounts.h"

void superblock_loan_done(struct superblock_loan *loan)
{
	close_fd(&loan->verity);
	close_fd(&loan->loop);
	close_fd(&loan->taint);
}

/* --- Ownership ------------------------------------------------------------ */

static int take_loan(struct superblock *superblock,
		     struct superblock_loan *loan)
{
	int error = loop_path(loan->loop, superblock->path);

	if (error == 0 && superblock->protection == PROTECTION_VERITY)
		error = verity_adopt(loan->verity, &superblock->verity);
	if (error < 0)
		return error;
	loan->verity = -1;
	superblock->borrowed = superblock->warm = true;
	superblock->loop = steal_fd(&loan->loop);
	superblock->taint = steal_fd(&loan->taint);
	return 0;
}

static int take_descriptors(struct superblock *superblock,
			    const struct superblock_source *source)
{
	struct superblock_loan *loan = source->loan;

	superblock->image_fd = fcntl(source->image->fd, F_DUPFD_CLOEXEC, 0);
	if (superblock->image_fd < 0)
		return -errno;
	if (loan && loan->loop >= 0)
		return take_loan(superblock, loan);
	superblock->taint = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return superblock->taint < 0 ? -errno : 0;
}

int superblock_new(const struct superblock_source *source,
		   struct superblock **ret_superblock, struct diag *diag)
{
	const struct verified_image *image = source->image;
	struct superblock *superblock = malloc(sizeof(*superblock));
	int error;

	if (!superblock)
		return diag_oom(diag);
	*superblock = (struct superblock){
		.references = 1,
		.image_fd = -1,
		.protection = image->protection,
		.layout = image->layout,
		.label = strdup(source->label),
		.loop = -1,
		.verity = VERITY_INIT,
		.keep = source->keep,
		.anchor = -1,
		.taint = -1,
	};
	memcpy(superblock->contract_digest, image->contract_digest,
	       sizeof(superblock->contract_digest));
	error = superblock->label ? take_descriptors(superblock, source)
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
	verity_detach(&superblock->verity);
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

int superblock_attach_verity(struct superblock *superblock, struct diag *diag)
{
	struct verity verity;
	int error;

	if (superblock->protection != PROTECTION_VERITY ||
	    superblock->verity.fd >= 0)
		return 0;
	error = verity_attach(superblock->loop, &superblock->layout,
			      superblock->label, &verity, diag);
	if (error < 0)
		return error;
	error = verify_device(verity.fd, &superblock->layout,
			      superblock->contract_digest, diag);
	if (error < 0) {
		verity_detach(&verity);
		return error;
	}
	superblock->verity = verity;
	return 0;
}

int superblock_device(const struct superblock *superblock)
{
	return superblock->verity.fd >= 0 ? superblock->verity.fd
					  : superblock->loop;
}

bool superblock_is_corrupted(const struct superblock *superblock)
{
	return verity_is_corrupted(&superblock->verity, &superblock->layout);
}

/* What is not attached cannot be mounted; what is to be protected cannot be
 * without that. */
static const char *source_of(const struct superblock *superblock)
{
	return superblock->protection == PROTECTION_VERITY
		       ? superblock->verity.path
		       : superblock->path;
}

static int create_mount(const struct superblock *superblock, int *ret_mount,
			struct diag *diag)
{
	const struct mount_option options[] = {
		{ "source", source_of(superblock) },
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
	int error;

	if (taint < 0)
		return diag_errno(diag, -errno, "cannot make a counter");
	close_fd(&superblock->taint);
	superblock->taint = taint;
	verity_detach(&superblock->verity);
	close_fd(&superblock->loop);
	superblock->borrowed = superblock->warm = false;
	error = superblock_attach(superblock, diag);
	return error < 0 ? error : superblock_attach_verity(superblock, diag);
}

int superblock_mount(struct superblock *superblock, int *ret_mount,
		     bool *ret_cold, struct diag *diag)
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
	if (error < 0)
		return error;
	*ret_cold = !superblock->warm;
	superblock->warm = true;
	*ret_mount = steal_fd(&mount);
	return 0;
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
