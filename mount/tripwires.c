#include "mount/tripwires.h"

#include "lib/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

enum { PROC_PATH_SIZE = 48 };

static int open_root(pid_t init_pid)
{
	char path[PROC_PATH_SIZE];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)init_pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int mark(int group, int root, const char *path)
{
	CLEANUP_CLOSE int file = beneath_open(root, path, O_PATH, 0);
	char name[PROC_PATH_SIZE];

	if (file < 0)
		return file;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	return fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, name) < 0
		       ? -errno
		       : 0;
}

int tripwires_watch(char *const *paths, pid_t init_pid, int *ret_fd,
		    struct diag *diag)
{
	CLEANUP_CLOSE int root = open_root(init_pid);
	CLEANUP_CLOSE int group =
		fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
			      O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (group < 0)
		return diag_errno(diag, -errno, "cannot watch tripwires");
	if (root < 0)
		return diag_errno(diag, root, "cannot see the jail's files");
	for (size_t i = 0; paths[i]; i++) {
		int r = mark(group, root, paths[i]);

		if (r < 0)
			return diag_errno(diag, r,
					  "cannot watch the tripwire %s",
					  paths[i]);
	}
	*ret_fd = steal_fd(&group);
	return 0;
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

int tripwires_read(int fd, char *const *paths, pid_t init_pid,
		   const char **ret_path, char ret_command[17], pid_t *ret_pid)
{
	struct fanotify_event_metadata event;
	CLEANUP_CLOSE int opened = -1;
	ssize_t length = read(fd, &event, sizeof(event));

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length != sizeof(event) || event.vers != FANOTIFY_METADATA_VERSION)
		return -EBADMSG;
	/* The queue has overflowed: one of them, surely. */
	opened = event.fd;
	*ret_path = opened < 0 ? "?" : find_path(opened, paths, init_pid);
	*ret_pid = event.pid;
	read_command(event.pid, ret_command);
	return 1;
}
