/* Mounts, devices and files. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

long mount_tmpfs(void)
{
	return mount("none", "/tmp", "tmpfs", 0, NULL);
}

long remount(void)
{
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
}

long unmount_layer(void)
{
	return umount2("/tmp", MNT_DETACH);
}

long new_mount(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

long clone_tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE);
}

long pivot(void)
{
	return syscall(SYS_pivot_root, "/tmp", "/tmp");
}

long change_root(void)
{
	return chroot("/tmp");
}

long block_device(void)
{
	return mknod("/tmp/disk", S_IFBLK | 0600, makedev(8, 0));
}

long memory_device(void)
{
	return mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1));
}

long write_image(void)
{
	return open("/bin/attack", O_WRONLY);
}

long create_in_image(void)
{
	return open("/new", O_CREAT | O_WRONLY, 0600);
}

long delete_from_image(void)
{
	return unlink("/bin/attack");
}

/* The program itself, where it can be written. */
static int copy_of_ourselves(void)
{
	int from = open("/bin/attack", O_RDONLY);
	int to = open("/tmp/attack", O_CREAT | O_RDWR | O_TRUNC, 0700);
	struct stat stat;

	if (from < 0 || to < 0 || fstat(from, &stat) < 0 ||
	    sendfile(to, from, NULL, (size_t)stat.st_size) != stat.st_size) {
		perror("/tmp/attack");
		exit(1);
	}
	close(from);
	return to;
}

long run_from_layer(void)
{
	char *const arguments[] = { NULL };

	close(copy_of_ourselves());
	return execve("/tmp/attack", arguments, arguments);
}

long map_from_layer(void)
{
	int fd = copy_of_ourselves();
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -1 : 0;
}

long memory_file(void)
{
	return memfd_create("code", 0);
}

long new_device_file(void)
{
	return open("/dev/new", O_CREAT | O_WRONLY, 0600);
}

long change_device(void)
{
	return chmod("/dev/null", 0);
}

long replace_log(void)
{
	return unlink("/dev/log");
}

long read_log(void)
{
	return open("/dev/stdout", O_RDONLY | O_NONBLOCK);
}

long open_handle(void)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} buffer = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount = open("/tmp", O_RDONLY | O_DIRECTORY), id;

	if (name_to_handle_at(mount, "", &buffer.handle, &id, AT_EMPTY_PATH) <
	    0)
		return 0;
	return open_by_handle_at(mount, &buffer.handle, O_RDONLY);
}

/* Descriptors of the host's would be a way to its files. */
long descriptors(void)
{
	struct stat stat;

	for (int fd = 0; fd < 4096; fd++) {
		if (fstat(fd, &stat) == 0 && (fd > 2 || S_ISDIR(stat.st_mode)))
			return fd + 1;
	}
	return HOLDS;
}

long nothing_above(void)
{
	struct stat root, above;

	return stat("/", &root) == 0 && stat("/../../../..", &above) == 0 &&
			       root.st_ino == above.st_ino &&
			       root.st_dev == above.st_dev
		       ? HOLDS
		       : 1;
}

long no_proc(void)
{
	DIR *directory = opendir("/proc");
	long count = 0;

	while (directory && readdir(directory))
		count++;
	return count > 2;
}
