/* Ranges of user ids: the locks on /run/jailmount/.ranges. */
#include "mount/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#define RANGES_FILE ".ranges"

enum {
	PATH_SIZE = 256,      /* of a root and a file's name */
	LEAVING_STEPS = 1000, /* of a millisecond, until one has left */
};

static int open_ranges(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* Lock the first byte that nobody has. Its number, or -errno. */
static int lock_a_byte(int fd)
{
	for (int slot = 0; slot < STATE_RANGES_MAX; slot++) {
		struct flock lock = { .l_type = F_WRLCK,
				      .l_whence = SEEK_SET,
				      .l_start = slot,
				      .l_len = 1 };

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return slot;
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
	}
	return -EBUSY;
}

static bool is_still_there(int fd, const char *path)
{
	struct stat opened, there;

	return fstat(fd, &opened) == 0 && lstat(path, &there) == 0 &&
	       opened.st_ino == there.st_ino;
}

/* The last one to leave has all of them for a moment. */
static bool somebody_leaves(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &all) == 0 &&
	       (all.l_type == F_UNLCK || all.l_len == 0);
}

/* A byte's number; -EAGAIN if there may soon be one. */
static int try_range(const char *path, int *ret_fd)
{
	CLEANUP_CLOSE int fd = -1;
	int slot = open_ranges(path, &fd);

	if (slot == 0)
		slot = lock_a_byte(fd);
	if (slot == -EBUSY && somebody_leaves(fd))
		return -EAGAIN;
	if (slot < 0)
		return slot;
	/* The last one to leave may have removed it meanwhile. */
	if (!is_still_there(fd, path))
		return -EAGAIN;
	*ret_fd = steal_fd(&fd);
	return slot;
}

/* Each has an open file of its own, or its locks would be one's own. */
int state_range_take(const struct state *state, struct state_range *ret_range,
		     struct diag *diag)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	char path[PATH_SIZE];
	int fd, slot;

	(void)snprintf(path, sizeof(path), "%s/%s", state->root, RANGES_FILE);
	slot = try_range(path, &fd);
	for (int step = 0; slot == -EAGAIN && step < LEAVING_STEPS; step++) {
		(void)nanosleep(&pause, NULL);
		slot = try_range(path, &fd);
	}
	if (slot == -EBUSY)
		return diag_set(diag, slot,
				"all %d ranges of user ids are in use",
				STATE_RANGES_MAX);
	if (slot < 0)
		return diag_errno(diag, slot, "cannot lock %s", path);
	ret_range->fd = fd;
	ret_range->base =
		STATE_RANGE_BASE + (uint32_t)slot * STATE_RANGE_LENGTH;
	return 0;
}

void state_range_leave(struct state_range *range)
{
	close_fd(&range->fd);
}

/* The last one to leave takes everything away. */
void state_range_leave_last(struct state *state)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_SIZE];

	if (state->range.fd < 0) {
		if (state->root)
			(void)rmdir(state->root);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", state->root, RANGES_FILE);
	if (fcntl(state->range.fd, F_OFD_SETLK, &all) == 0) {
		(void)unlink(path);
		(void)rmdir(state->root);
	}
	state_range_leave(&state->range);
}
