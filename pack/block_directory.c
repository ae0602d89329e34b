#include "pack/block_cache_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

static int check_owner(int directory, const char *path, struct diag *diag)
{
	struct stat status;

	if (fstat(directory, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at %s", path);
	if (status.st_uid == geteuid() && !(status.st_mode & 077))
		return 0;
	return diag_set(diag, -EPERM, "%s cannot be trusted: %s", path,
			status.st_uid == geteuid()
				? "it is open to others, and its mode should "
				  "be 0700"
				: "it is another user's");
}

/* LMDB's maps and locks hold on one host alone. */
static int check_file_system(int directory, const char *path, struct diag *diag)
{
	static const uint32_t remote[] = {
		NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
		CODA_SUPER_MAGIC,
	};
	struct statfs status;

	if (fstatfs(directory, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at %s", path);
	for (size_t i = 0; i < ARRAY_SIZE(remote); i++) {
		if ((uint32_t)status.f_type == remote[i])
			return diag_set(diag, -ENOTSUP,
					"%s lies on a network's file system; "
					"say --cache with a directory of this "
					"host, or --no-cache",
					path);
	}
	return 0;
}

int block_directory_open(const char *path, int *ret_fd, struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	int r;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return diag_errno(diag, -errno, "cannot make %s", path);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = check_owner(directory, path, diag);
	if (r == 0)
		r = check_file_system(directory, path, diag);
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&directory);
	return 0;
}
