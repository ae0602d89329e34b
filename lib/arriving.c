#include "lib/arriving.h"

#include "lib/fdio.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static char *temporary_name(const char *path, const char *digest)
{
	const char *name = path_name(path);
	const char *hex = strchr(digest, ':') + 1;
	char *text;

	/* The beginning of the digest tells enough apart, and names of files
	 * end at 255 bytes. */
	if (asprintf(&text, "%.*s.%.180s.sha256-%.32s.part", (int)(name - path),
		     path, name, hex) < 0)
		return NULL;
	return text;
}

int arriving_begin(struct arriving *arriving, const char *path,
		   const char *digest, struct diag *diag)
{
	CLEANUP_FREE char *final = strdup(path);
	CLEANUP_FREE char *temporary = temporary_name(path, digest);
	CLEANUP_CLOSE int fd = -1;
	struct stat status;

	if (!final || !temporary)
		return diag_oom(diag);
	fd = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot create %s", temporary);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				temporary);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? diag_set(diag, -EBUSY,
					  "%s is being fetched by somebody "
					  "else right now",
					  path)
			       : diag_errno(diag, -errno, "cannot lock %s",
					    temporary);
	*arriving = (struct arriving){
		.fd = steal_fd(&fd),
		.path = steal_ptr(&final),
		.temporary = steal_ptr(&temporary),
	};
	return 0;
}

int arriving_commit(struct arriving *arriving, mode_t mode, struct diag *diag)
{
	struct output output = {
		.fd = steal_fd(&arriving->fd),
		.path = steal_ptr(&arriving->path),
		.temporary = steal_ptr(&arriving->temporary),
	};
	int r = output_commit(&output, mode, diag);

	output_abort(&output);
	return r;
}

void arriving_leave(struct arriving *arriving)
{
	struct stat status;

	if (arriving->fd >= 0 && arriving->temporary &&
	    fstat(arriving->fd, &status) == 0 && status.st_size == 0)
		(void)unlink(arriving->temporary);
	close_fd(&arriving->fd);
	free(arriving->path);
	free(arriving->temporary);
	*arriving = ARRIVING_INIT;
}
