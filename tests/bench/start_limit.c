/*
 * The limit that jailmount's start is measured against: the fewest system
 * calls that run a program from a squashfs image in the same namespaces, the
 * user namespace last, with a /dev, a /tmp and an overlay on /var.
 *
 *     start_limit [--serves [--confines GROUP...]]
 *                 IMAGE DIRECTORY COMMAND [ARGUMENT...]
 *
 * Nothing is verified, limited or taken away: it is a limit, not a jail.
 * DIRECTORY is an empty one to mount on. The image needs /dev, /tmp, /var.
 * IMAGE may be a directory on which it is mounted already: its superblock is
 * shared then.
 *
 * --serves: a service that somebody is to reach and that has users. It stays
 * in the network and the user namespace that it is in, has files in the place
 * of its outputs, and can write to /run.
 *
 * --confines: what it takes to shut it in is made all the same, though the
 * service is left outside of it, since nobody would be there to reach it: an
 * empty network, a user namespace with a range of ids, and, of these, it is
 * inside, the control groups whose directories are given. IMAGE is mounted.
 */
#include "lib/base.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#define LAYER_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Where the directories of control groups are. */
#define CGROUPS "/sys/fs/cgroup/"

enum {
	DEVICE_PATH_MAX = 32,
	PATH_LENGTH_MAX = 256,
	GROUPS_MAX = 8,
	HOLDER_STACK = 16 << 10,
};

/* A descriptor on a loop device that goes away with its last user. */
static int attach(const char *image, char device[DEVICE_PATH_MAX])
{
	CLEANUP_CLOSE int control = open("/dev/loop-control", O_RDWR);
	CLEANUP_CLOSE int backing = open(image, O_RDONLY | O_CLOEXEC);
	struct loop_config config = {
		.fd = (unsigned int)backing,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
	};

	if (control < 0 || backing < 0)
		err(125, "%s", backing < 0 ? image : "/dev/loop-control");
	for (;;) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		CLEANUP_CLOSE int loop = -1;

		if (number < 0)
			err(125, "no loop device");
		(void)snprintf(device, DEVICE_PATH_MAX, "/dev/loop%d", number);
		loop = open(device, O_RDONLY | O_CLOEXEC);
		if (loop < 0)
			err(125, "%s", device);
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0)
			return steal_fd(&loop);
		if (errno != EBUSY)
			err(125, "%s", device);
	}
}

static void mount_at(const char *source, const char *target, const char *type,
		     unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options) < 0)
		err(125, "mount %s", target);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || close(fd) < 0)
		err(125, "%s", path);
}

static void make_devices(bool serves)
{
	static const struct {
		const char *path;
		unsigned int minor;
	} devices[] = {
		{ "dev/null", 3 },   { "dev/zero", 5 },	   { "dev/full", 7 },
		{ "dev/random", 8 }, { "dev/urandom", 9 },
	};

	mount_at("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC,
		 "size=64k,mode=755");
	umask(0);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (mknod(devices[i].path, S_IFCHR | 0666,
			  makedev(1, devices[i].minor)) < 0)
			err(125, "%s", devices[i].path);
	if (serves) {
		make_file("dev/stdout");
		make_file("dev/stderr");
	}
	umask(022);
}

/* What is written lies in `place`. */
static void make_overlay(const char *target, const char *place)
{
	char upper[64], work[64], options[256];

	(void)snprintf(upper, sizeof(upper), "%s/%s-upper", place, target);
	(void)snprintf(work, sizeof(work), "%s/%s-work", place, target);
	(void)snprintf(options, sizeof(options),
		       "lowerdir=%s,upperdir=%s,workdir=%s", target, upper,
		       work);
	if (mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0)
		err(125, "layer");
	mount_at("overlay", target, "overlay", LAYER_FLAGS, options);
}

/* The upper layers are in a tmpfs that lies, for the moment, where /tmp will
 * be; in /dev, for a service that has none. */
static void make_layers(bool serves)
{
	bool has_tmp = !serves || access("tmp", F_OK) == 0;
	const char *place = has_tmp ? "tmp" : "dev";

	if (has_tmp)
		mount_at("tmpfs", "tmp", "tmpfs", LAYER_FLAGS,
			 "size=64m,mode=700");
	make_overlay("var", place);
	if (serves)
		make_overlay("run", place);
	if (has_tmp)
		mount_at("tmpfs", "tmp", "tmpfs", LAYER_FLAGS,
			 "size=64m,mode=1777");
}

/* --- What shuts it in, for --confines ------------------------------------- */

struct groups {
	char **paths;
	int count;
	int files[GROUPS_MAX]; /* the way into each */
};

static void make_groups(struct groups *groups)
{
	char path[PATH_LENGTH_MAX];

	for (int i = 0; i < groups->count; i++) {
		if (mkdir(groups->paths[i], 0755) < 0)
			err(125, "%s", groups->paths[i]);
		/* That of version 1 has the kernel wait for nobody. */
		(void)snprintf(path, sizeof(path), "%s/tasks",
			       groups->paths[i]);
		if (access(path, F_OK) < 0)
			(void)snprintf(path, sizeof(path), "%s/cgroup.procs",
				       groups->paths[i]);
		groups->files[i] = open(path, O_WRONLY | O_CLOEXEC);
		if (groups->files[i] < 0)
			err(125, "%s", path);
	}
}

static void enter_groups(const struct groups *groups)
{
	for (int i = 0; i < groups->count; i++)
		if (write(groups->files[i], "0", 1) != 1)
			err(125, "%s", groups->paths[i]);
}

/* The kernel needs a moment after the last process. */
static void remove_groups(const struct groups *groups)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < groups->count; i++)
		while (rmdir(groups->paths[i]) < 0 && errno == EBUSY)
			(void)nanosleep(&pause, NULL);
}

/* It lives as long as the descriptor that the service inherits. */
static void make_network(void)
{
	CLEANUP_CLOSE int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (own < 0 || unshare(CLONE_NEWNET) < 0 ||
	    open("/proc/self/ns/net", O_RDONLY) < 0 ||
	    setns(own, CLONE_NEWNET) < 0)
		err(125, "network namespace");
}

static void write_map(pid_t pid, const char *name)
{
	static const char map[] = "0 1879048192 65536";
	char path[PATH_LENGTH_MAX];
	CLEANUP_CLOSE int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, sizeof(map) - 1) < 0)
		err(125, "%s", path);
}

static int hold(void *unused UNUSED)
{
	return pause();
}

/* The image's owners, of the tree at `directory`, are shifted into it. */
static void make_users(const char *directory)
{
	static char stack[HOLDER_STACK] __attribute__((aligned(16)));
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	CLEANUP_CLOSE int users = -1;
	CLEANUP_CLOSE int tree = -1;
	char path[PATH_LENGTH_MAX];
	pid_t holder = clone(hold, stack + sizeof(stack),
			     CLONE_VM | CLONE_FILES | CLONE_NEWUSER, NULL);

	if (holder < 0)
		err(125, "user namespace");
	write_map(holder, "uid_map");
	write_map(holder, "gid_map");
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", holder);
	users = open(path, O_RDONLY | O_CLOEXEC);
	(void)kill(holder, SIGKILL);
	tree = open_tree(AT_FDCWD, directory,
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	attributes.userns_fd = (unsigned int)users;
	if (users < 0 || tree < 0 ||
	    mount_setattr(tree, "", AT_EMPTY_PATH, &attributes,
			  sizeof(attributes)) < 0)
		err(125, "idmapped mount");
	(void)waitpid(holder, NULL, (int)__WCLONE);
}

/* -------------------------------------------------------------------------- */

/* `device`: or the directory on which it is mounted. */
_Noreturn static void enter(const char *device, bool mounted, bool serves,
			    const struct groups *groups, char **arguments)
{
	const char *directory = arguments[0];
	char **command = arguments + 1;

	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter_groups(groups);
	mount_at(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mounted)
		mount_at(device, directory, NULL, MS_BIND, NULL);
	else
		mount_at(device, directory, "squashfs",
			 MS_RDONLY | MS_NODEV | MS_NOSUID, NULL);
	if (chdir(directory) < 0)
		err(125, "%s", directory);
	make_devices(serves);
	make_layers(serves);
	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		err(125, "pivot_root");
	if (unshare(CLONE_NEWCGROUP | (serves ? 0 : CLONE_NEWUSER)) < 0)
		err(125, "unshare");
	execv(command[0], command);
	err(127, "%s", command[0]);
}

/* Whoever ends this ends the program first. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	int status;

	while (waitpid(child, &status, WNOHANG) == 0)
		if (sigwaitinfo(signals, NULL) == SIGTERM)
			(void)kill(child, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct clone_args arguments = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			 CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	char device[DEVICE_PATH_MAX];
	CLEANUP_CLOSE int loop = -1;
	struct stat image;
	sigset_t signals;
	long child;
	bool serves = argc > 1 && strcmp(argv[1], "--serves") == 0;
	struct groups groups = { 0 };
	bool mounted;
	int status;

	argv += serves;
	argc -= serves;
	if (serves && argc > 1 && strcmp(argv[1], "--confines") == 0) {
		groups.paths = argv += 2;
		argc -= 2;
		while (argc > 0 && groups.count < GROUPS_MAX &&
		       strncmp(*argv, CGROUPS, strlen(CGROUPS)) == 0) {
			groups.count++;
			argv++;
			argc--;
		}
		argv--;
		argc++;
	}
	if (argc < 4)
		errx(125, "usage: start_limit [--serves [--confines GROUP...]] "
			  "IMAGE DIRECTORY COMMAND...");
	if (stat(argv[1], &image) < 0)
		err(125, "%s", argv[1]);
	mounted = S_ISDIR(image.st_mode);
	if (!mounted)
		loop = attach(argv[1], device);
	if (!serves)
		arguments.flags |= CLONE_NEWNET;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	if (groups.count > 0) {
		make_groups(&groups);
		make_network();
		make_users(argv[1]);
	}
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		enter(mounted ? argv[1] : device, mounted, serves, &groups,
		      argv + 2);
	if (child < 0)
		err(125, "clone3");
	status = wait_for((pid_t)child, &signals);
	remove_groups(&groups);
	return status;
}
