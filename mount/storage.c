#include "mount/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "lib/fdio.h"

void storage_done(struct storage *storage)
{
	free(storage->devices);
	*storage = STORAGE_INIT;
}

static int add(struct storage *storage, dev_t device, struct diag *diag)
{
	for (size_t i = 0; i < storage->count; i++)
		if (storage->devices[i] == device)
			return 0;
	if (array_grow(&storage->devices, storage->count, sizeof(dev_t)) < 0)
		return diag_oom(diag);
	storage->devices[storage->count++] = device;
	return 0;
}

static int add_node(struct storage *storage, int fd, struct diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_errno(diag, -errno, "cannot look at a device");
	return add(storage, st.st_rdev, diag);
}

/* The disk that a partition is of: limits are for whole devices. Format:
 * Documentation/ABI/testing/sysfs-block of Linux. */
static dev_t whole_device(dev_t device)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	unsigned int device_major, device_minor;
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition",
		       major(device), minor(device));
	if (access(path, F_OK) < 0)
		return device;
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev",
		       major(device), minor(device));
	if (read_file(path, 64, &text, NULL) < 0 ||
	    sscanf(text.data, "%u:%u", &device_major, &device_minor) != 2)
		return device;
	return makedev(device_major, device_minor);
}

static bool is_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC ||
		fs.f_type == HUGETLBFS_MAGIC);
}

/* Where a file lies. */
static int add_file(struct storage *storage, int fd, const char *shown,
		    struct diag *diag)
{
	struct stat st;

	if (is_memory(fd))
		return 0;
	if (fstat(fd, &st) < 0)
		return diag_errno(diag, -errno, "cannot look at %s", shown);
	if (major(st.st_dev) != 0)
		return add(storage, whole_device(st.st_dev), diag);
	(void)diag_set(diag, -ENOTSUP,
		       "limit io cannot be enforced: %s does not lie on one "
		       "block device",
		       shown);
	diag_hint(diag, "such are network and overlay file systems, and those "
			"of several devices");
	return -ENOTSUP;
}

static int add_place(struct storage *storage, const struct place *place,
		     struct diag *diag)
{
	switch (place->kind) {
	case PLACE_DEVICE:
		return add_node(storage, place->source, diag);
	case PLACE_DIRECTORY:
		return add_file(storage, place->source, place->shown, diag);
	case PLACE_HOLDER:
		break;
	}
	return 0;
}

int storage_find(int image, int device, const struct places *places,
		 struct storage *ret_storage, struct diag *diag)
{
	CLEANUP_STORAGE struct storage storage = STORAGE_INIT;
	int r = is_memory(image) ? 0 : add_node(&storage, device, diag);

	for (size_t i = 0; r == 0 && places && i < places->count; i++)
		r = add_place(&storage, &places->items[i], diag);
	if (r < 0)
		return r;
	*ret_storage = storage;
	storage = STORAGE_INIT;
	return 0;
}
