/*
 * The limit that jailmount's start is measured against: the fewest system
 * calls that run a program from a squashfs image in the same namespaces, the
 * user namespace last, with a /dev, a /tmp and an overlay on /var.
 *
 *     start_limit IMAGE DIRECTORY COMMAND [ARGUMENT...]
 *
 * Nothing is verified, limited or taken away: it is a limit, not a jail.
 * DIRECTORY is an empty one to mount on. The image needs /dev, /tmp, /var.
 */
#include "lib/base.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

enum { DEVICE_PATH_MAX = 32 };

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

static void make_devices(void)
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
	umask(022);
}

/* The upper layer is a tmpfs that lies, for the moment, where /tmp will be. */
static void make_layers(void)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	mount_at("tmpfs", "tmp", "tmpfs", flags, "size=64m,mode=700");
	if (mkdir("tmp/upper", 0755) < 0 || mkdir("tmp/work", 0755) < 0)
		err(125, "layer");
	mount_at("overlay", "var", "overlay", flags,
		 "lowerdir=var,upperdir=tmp/upper,workdir=tmp/work");
	mount_at("tmpfs", "tmp", "tmpfs", flags, "size=64m,mode=1777");
}

_Noreturn static void enter(const char *device, const char *directory,
			    char **command)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mount_at(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_at(device, directory, "squashfs",
		 MS_RDONLY | MS_NODEV | MS_NOSUID, NULL);
	if (chdir(directory) < 0)
		err(125, "%s", directory);
	make_devices();
	make_layers();
	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		err(125, "pivot_root");
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWUSER) < 0)
		err(125, "unshare");
	execv(command[0], command);
	err(127, "%s", command[0]);
}

int main(int argc, char **argv)
{
	struct clone_args arguments = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			 CLONE_NEWUTS | CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};
	char device[DEVICE_PATH_MAX];
	CLEANUP_CLOSE int loop = -1;
	int status;
	long child;

	if (argc < 4)
		errx(125, "usage: start_limit IMAGE DIRECTORY COMMAND...");
	loop = attach(argv[1], device);
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		enter(device, argv[2], argv + 3);
	if (child < 0)
		err(125, "clone3");
	if (waitpid((pid_t)child, &status, 0) < 0)
		err(125, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
