#include "mount/own_directory.h"

#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int open_one(int parent, const char *name, int *ret_fd)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return -EPERM;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int own_directory_open(const char *root, const char *jail, int *ret_fd,
		       struct diag *diag)
{
	CLEANUP_FREE char *parent = path_parent(root);
	CLEANUP_CLOSE int root_fd = -1;
	int r;

	if (!parent)
		return diag_oom(diag);
	if (mkdir(parent, 0755) < 0 && errno != EEXIST)
		return diag_errno(diag, -errno, "cannot make %s", parent);
	r = open_one(AT_FDCWD, root, &root_fd);
	if (r == 0)
		r = open_one(root_fd, jail, ret_fd);
	if (r < 0)
		diag_errno(diag, r, "cannot keep anything in %s/%s", root,
			   jail);
	if (r == -EPERM)
		diag_hint(diag, "it has to be root's, with mode 0700");
	return r;
}
