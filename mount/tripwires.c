#include "mount/tripwires.h"

#include "lib/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROC_PATH_SIZE = 48 };

static int open_root(pid_t init_pid)
{
	char path[PROC_PATH_SIZE];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)init_pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* 0 where the kernel does not tell (before Linux 5.8). */
static uint64_t mount_of(int file)
{
	struct statx properties;

	if (statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &properties) < 0 ||
	    !(properties.stx_mask & STATX_MNT_ID))
		return 0;
	return properties.stx_mnt_id;
}

static int mark(int group, int root, const char *path, uint64_t *ret_mount)
{
	CLEANUP_CLOSE int file = beneath_open(root, path, O_PATH, 0);
	char name[PROC_PATH_SIZE];

	if (file < 0)
		return file;
	*ret_mount = mount_of(file);
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	return fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, name) < 0
		       ? -errno
		       : 0;
}

void tripwires_done(struct tripwires *tripwires)
{
	close_fd(&tripwires->fd);
	free(tripwires->mounts);
	*tripwires = TRIPWIRES_INIT;
}

static int start(struct tripwires *tripwires, char *const *paths)
{
	tripwires->paths = paths;
	tripwires->mounts = calloc(strv_length(paths), sizeof(uint64_t));
	if (!tripwires->mounts)
		return -ENOMEM;
	tripwires->fd =
		fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
			      O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return tripwires->fd < 0 ? -errno : 0;
}

int tripwires_watch(char *const *paths, pid_t init_pid,
		    struct tripwires *ret_tripwires, struct diag *diag)
{
	CLEANUP(tripwires_done)
	struct tripwires tripwires = TRIPWIRES_INIT;
	CLEANUP_CLOSE int root = open_root(init_pid);
	int r = start(&tripwires, paths);

	if (r < 0)
		return diag_errno(diag, r, "cannot watch tripwires");
	if (root < 0)
		return diag_errno(diag, root == -ENOENT ? -ESRCH : root,
				  "cannot see the jail's files");
	for (size_t i = 0; paths[i]; i++) {
		r = mark(tripwires.fd, root, paths[i], &tripwires.mounts[i]);
		if (r < 0)
			return diag_errno(diag, r,
					  "cannot watch the tripwire %s",
					  paths[i]);
	}
	*ret_tripwires = tripwires;
	tripwires = TRIPWIRES_INIT;
	return 0;
}

/* Whether it was opened in this jail. */
static bool is_ours(const struct tripwires *tripwires, int opened)
{
	uint64_t mount = mount_of(opened);

	for (size_t i = 0; tripwires->paths[i]; i++) {
		if (tripwires->mounts[i] == mount)
			return true;
	}
	return false;
}

/* Which of them was opened: by what it is, since it can have other names. */
static const char *find_path(int opened, char *const *paths, pid_t init_pid)
{
	CLEANUP_CLOSE int root = open_root(init_pid);
	struct stat wanted, st;

	if (root < 0 || fstat(opened, &wanted) < 0)
		return "?";
	for (size_t i = 0; paths[i]; i++) {
		if (beneath_stat(root, paths[i], &st) == 0 &&
		    st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
			return paths[i];
	}
	return "?";
}

static void read_command(pid_t pid, char ret_command[17])
{
	char path[PROC_PATH_SIZE];
	CLEANUP_CLOSE int fd = -1;
	ssize_t length = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		length = read(fd, ret_command, 16);
	ret_command[length > 0 ? length : 0] = '\0';
	ret_command[strcspn(ret_command, "\n")] = '\0';
}

int tripwires_read(const struct tripwires *tripwires, pid_t init_pid,
		   const char **ret_path, char ret_command[17], pid_t *ret_pid)
{
	struct fanotify_event_metadata event;
	CLEANUP_CLOSE int opened = -1;
	ssize_t length = read(tripwires->fd, &event, sizeof(event));

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length != sizeof(event) || event.vers != FANOTIFY_METADATA_VERSION)
		return -EBADMSG;
	opened = event.fd;
	/* Whoever watches may look (read_ahead.h). */
	if (opened >= 0 &&
	    (!is_ours(tripwires, opened) || event.pid == getpid()))
		return 0;
	/* The queue has overflowed: one of them, surely. */
	*ret_path = opened < 0 ? "?"
			       : find_path(opened, tripwires->paths, init_pid);
	*ret_pid = event.pid;
	read_command(event.pid, ret_command);
	return 1;
}
