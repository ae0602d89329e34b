/* Ways out of the root, and ways to run what was brought along. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	UPWARDS = 64, /* deeper than anything lies */
	NESTED = 3,
	SYS_OPEN_TREE_ATTR = 467, /* Linux 6.15 */
	MEMFD_DATA = 0x8,	  /* MFD_NOEXEC_SEAL, Linux 6.3 */
	MEMFD_EXECUTABLE = 0x10,  /* MFD_EXEC, likewise */
};

/* --- The root ------------------------------------------------------------- */

/* In a child, whose root is changed; HOLDS if it ends where we are. */
static long ends_here(void (*leave)(void))
{
	struct stat ours, theirs;
	pid_t pid;
	int status;

	if (stat("/", &ours) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		leave();
		_exit(stat("/", &theirs) == 0 && theirs.st_ino == ours.st_ino &&
		      theirs.st_dev == ours.st_dev);
	}
	return waitpid(pid, &status, 0) == pid && status == 1 << 8 ? HOLDS : 1;
}

static void upwards(void)
{
	for (int i = 0; i < UPWARDS; i++)
		if (chdir("..") < 0)
			_exit(2);
	if (chroot(".") < 0)
		_exit(3);
}

/* The oldest one: a working directory outside of the new root. */
static void by_fchdir(void)
{
	int outside = open("/", O_RDONLY | O_DIRECTORY);

	(void)mkdir("/tmp/root", 0700);
	if (outside < 0 || chroot("/tmp/root") < 0 || fchdir(outside) < 0)
		_exit(4);
	upwards();
}

static void by_nesting(void)
{
	for (int i = 0; i < NESTED; i++) {
		(void)mkdir("nested", 0700);
		if (chdir("/tmp") < 0 && i == 0)
			_exit(5);
		(void)mkdir("nested", 0700);
		if (chroot("nested") < 0)
			_exit(6);
	}
	upwards();
}

long leave_chroot(void)
{
	return ends_here(by_fchdir);
}

long leave_nested(void)
{
	return ends_here(by_nesting);
}

/* --- Mounts --------------------------------------------------------------- */

long bind_mount(void)
{
	return mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL);
}

long share_mounts(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
}

long remount_layer(void)
{
	return mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL);
}

long grow_layer(void)
{
	return mount(NULL, "/tmp", NULL, MS_REMOUNT, "size=1g");
}

long change_mount(void)
{
	struct mount_attr change = { .attr_clr = MOUNT_ATTR_NOEXEC };

	return mount_setattr(AT_FDCWD, "/tmp", 0, &change, sizeof(change));
}

long change_image(void)
{
	struct mount_attr change = { .attr_clr = MOUNT_ATTR_RDONLY };

	return mount_setattr(AT_FDCWD, "/", 0, &change, sizeof(change));
}

long move_layer(void)
{
	return move_mount(AT_FDCWD, "/tmp", AT_FDCWD, "/", 0);
}

long pick_mount(void)
{
	return fspick(AT_FDCWD, "/tmp", 0);
}

long clone_changed(void)
{
	struct mount_attr change = { .attr_clr = MOUNT_ATTR_NOEXEC };

	return syscall(SYS_OPEN_TREE_ATTR, AT_FDCWD, "/tmp", OPEN_TREE_CLONE,
		       &change, sizeof(change));
}

long unmount_root(void)
{
	return umount2("/", MNT_DETACH);
}

/* --- Programs of one's own ------------------------------------------------ */

static char *const no_words[] = { NULL };

static void copy_ourselves(int to)
{
	int from = open("/bin/attack", O_RDONLY);
	struct stat stat;

	if (from < 0 || to < 0 || fstat(from, &stat) < 0 ||
	    sendfile(to, from, NULL, (size_t)stat.st_size) != stat.st_size) {
		perror("a copy");
		exit(1);
	}
	(void)close(from);
}

static int copy_at(const char *path)
{
	int to = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0700);

	copy_ourselves(to);
	(void)close(to);
	return open(path, O_RDONLY);
}

/* What is executed prints nothing and does nothing: no argument is it. */
static long run_at(const char *path)
{
	(void)close(copy_at(path));
	return execve(path, no_words, no_words);
}

long run_from_overlay(void)
{
	return run_at("/var/attack");
}

long run_from_kept(void)
{
	return run_at("/kept/attack");
}

long run_from_shared(void)
{
	return run_at("/shared/attack");
}

long run_descriptor(void)
{
	return syscall(SYS_execveat, copy_at("/tmp/attack"), "", no_words,
		       no_words, AT_EMPTY_PATH);
}

long run_unlinked(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0700);

	copy_ourselves(fd);
	return syscall(SYS_execveat, fd, "", no_words, no_words, AT_EMPTY_PATH);
}

long run_script(void)
{
	static const char text[] = "#!/bin/attack\n";
	int fd = open("/tmp/script", O_CREAT | O_WRONLY | O_TRUNC, 0700);

	if (write(fd, text, sizeof(text) - 1) < 0)
		return -1;
	(void)close(fd);
	return execve("/tmp/script", no_words, no_words);
}

/* Made to be executed, and not; either may be refused at once. */
long run_memory_file(void)
{
	int fd = memfd_create("code", MEMFD_DATA);

	/* What forbids it came with this flag. */
	if (fd < 0 && errno == EINVAL) {
		errno = EACCES;
		return -1;
	}
	fd = memfd_create("code", 0);
	if (fd >= 0) {
		copy_ourselves(fd);
		(void)fchmod(fd, 0700);
		(void)syscall(SYS_execveat, fd, "", no_words, no_words,
			      AT_EMPTY_PATH);
		if (errno != EACCES)
			return -1;
	}
	fd = memfd_create("code", MEMFD_EXECUTABLE);
	if (fd < 0)
		return -1;
	copy_ourselves(fd);
	return syscall(SYS_execveat, fd, "", no_words, no_words, AT_EMPTY_PATH);
}

long map_shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);

	return shmat(id, NULL, SHM_EXEC) == (void *)-1 ? -1 : 0;
}

long make_executable(void)
{
	int fd = copy_at("/tmp/attack");
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	return mprotect(map, 4096, PROT_READ | PROT_EXEC);
}

/* --- With /proc ----------------------------------------------------------- */

static int found;

static void must_fail(int result, const char *what)
{
	if (result < 0)
		return;
	printf("# %s\n", what);
	found++;
}

long proc_of_init(void)
{
	static const char *const names[] = {
		"/proc/1/root/.",  "/proc/1/cwd/.",  "/proc/1/mem",
		"/proc/1/environ", "/proc/1/fd",     "/proc/1/maps",
		"/proc/1/ns/mnt",  "/proc/1/ns/net", "/proc/1/exe",
	};

	found = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		must_fail(open(names[i], O_RDONLY), names[i]);
	must_fail(chroot("/proc/1/root"), "chroot to the init's root");
	return found;
}

long proc_of_kernel(void)
{
	static const char *const names[] = {
		"/proc/sys",	  "/proc/sysrq-trigger", "/proc/kcore",
		"/proc/kallsyms", "/proc/keys",		 "/proc/kmsg",
		"/proc/modules",  "/proc/irq",		 "/proc/bus",
		"/proc/fs",	  "/proc/timer_list",	 "/proc/sched_debug",
		"/proc/mtrr",	  "/proc/acpi",		 "/proc/scsi",
	};

	found = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		must_fail(open(names[i], O_RDONLY), names[i]);
	return found;
}

long proc_to_write(void)
{
	static const char *const names[] = {
		"/proc/self/mem",	"/proc/self/uid_map",
		"/proc/self/setgroups", "/proc/self/oom_score_adj",
		"/proc/self/attr/exec", "/proc/self/exe",
		"/proc/self/comm",	"/proc/self/coredump_filter",
	};

	found = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		must_fail(open(names[i], O_WRONLY), names[i]);
	return found;
}

long run_by_proc(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
		       copy_at("/tmp/attack"));
	return execve(path, no_words, no_words);
}

/* Those are our own, and still not ours to enter. */
long enter_by_proc(void)
{
	static const char *const kinds[] = { "mnt", "net",    "pid", "ipc",
					     "uts", "cgroup", "user" };
	char path[64];

	found = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s",
			       kinds[i]);
		must_fail(setns(open(path, O_RDONLY), 0), path);
	}
	return found;
}

/* A file of the image, opened anew by its descriptor. */
long reopen_to_write(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
		       open("/bin/attack", O_RDONLY));
	return open(path, O_WRONLY);
}
