#include "pack/replace_file.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>

int replace_file(const char *path, const struct buf *content, struct diag *diag)
{
	CLEANUP_FREE char *fresh = NULL;
	CLEANUP_CLOSE int fd = -1;
	int r;

	/* Always the same name: what a killed process left is overwritten. */
	if (buf_check(content) < 0 || asprintf(&fresh, "%s.new", path) < 0)
		return diag_oom(diag);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0644);
	r = fd < 0 ? -errno : write_all(fd, content->data, content->length);
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	return r < 0 ? diag_errno(diag, r, "cannot write %s", path) : 0;
}
