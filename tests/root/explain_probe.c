/*
 * What a service may fail at, by words on its command line; a line each with
 * what came of it. For explain.t.
 *
 *   open:PATH  list:PATH  stat:PATH  access:PATH  readlink:PATH  exec:PATH
 *   at:DIRECTORY:PATH     relative to a descriptor
 *   in:DIRECTORY:PATH     relative to the working directory
 *   write:PATH  create:PATH  mkdir:PATH  unlink:PATH  rename:FROM:TO
 *   chmod:PATH  writable:PATH (access)
 *   symlink:PATH:TARGET   to be made
 *   unix:PATH  unixbind:PATH  tcp:ADDRESS:PORT  udp:ADDRESS:PORT  bind:PORT
 *   setuid:N  chown:PATH  chroot:PATH  mount  memfd  clone3
 *   loop:N:WORD           a thousand times, say
 *   thread:WORD           from another thread
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int shut(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int list(const char *path)
{
	DIR *directory = opendir(path);

	return directory ? closedir(directory) : -1;
}

static int execute(const char *path)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl(path, path, NULL);
		_exit(errno);
	}
	if (waitpid(child, &status, 0) < 0)
		return -1;
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static int at(const char *directory, const char *path)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY);
	int r = shut(openat(fd, path, O_RDONLY));
	int error = errno;

	shut(fd);
	errno = error;
	return r;
}

static int in(const char *directory, const char *path)
{
	int r, error;

	if (chdir(directory) < 0)
		return -1;
	r = shut(open(path, O_RDONLY));
	error = errno;
	if (chdir("/") < 0)
		return -1;
	errno = error;
	return r;
}

static int local(const char *path,
		 int (*act)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int r, error;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	r = act(fd, (struct sockaddr *)&address, sizeof(address));
	error = errno;
	shut(fd);
	errno = error;
	return r;
}

static int internet(int type, const char *host, const char *port,
		    int (*act)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type, 0);
	int r, error;

	inet_pton(AF_INET, host, &address.sin_addr);
	address.sin_port = htons((unsigned short)atoi(port));
	r = act(fd, (struct sockaddr *)&address, sizeof(address));
	error = errno;
	shut(fd);
	errno = error;
	return r;
}

static int perform(char *word);

static int again(int times, const char *word)
{
	char copy[512];
	int r = 0;

	for (int i = 0; i < times; i++) {
		strcpy(copy, word);
		r = perform(copy);
	}
	return r;
}

static void *in_thread(void *word)
{
	return perform(word) < 0 ? (void *)(long)errno : NULL;
}

static int from_thread(char *word)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, in_thread, word) ||
	    pthread_join(thread, &result))
		return -1;
	errno = (int)(long)result;
	return errno ? -1 : 0;
}

static int change(const char *what, const char *a, const char *b)
{
	if (strcmp(what, "write") == 0)
		return shut(open(a, O_WRONLY));
	if (strcmp(what, "create") == 0)
		return shut(open(a, O_WRONLY | O_CREAT, 0644));
	if (strcmp(what, "mkdir") == 0)
		return mkdir(a, 0755);
	if (strcmp(what, "unlink") == 0)
		return unlink(a);
	if (strcmp(what, "rename") == 0)
		return rename(a, b);
	if (strcmp(what, "chmod") == 0)
		return chmod(a, 0600);
	if (strcmp(what, "chown") == 0)
		return chown(a, 33, 33);
	if (strcmp(what, "writable") == 0)
		return access(a, W_OK);
	if (strcmp(what, "symlink") == 0)
		return symlink(b, a);
	if (strcmp(what, "unixbind") == 0)
		return local(a, bind);
	errno = EINVAL;
	return -1;
}

static int ask(const char *what, const char *a, const char *b)
{
	if (strcmp(what, "unix") == 0)
		return local(a, connect);
	if (strcmp(what, "tcp") == 0)
		return internet(SOCK_STREAM, a, b, connect);
	if (strcmp(what, "udp") == 0)
		return internet(SOCK_DGRAM, a, b, connect);
	if (strcmp(what, "bind") == 0)
		return internet(SOCK_STREAM, "0.0.0.0", a, bind);
	if (strcmp(what, "setuid") == 0)
		return (int)syscall(SYS_setuid, atoi(a));
	if (strcmp(what, "chroot") == 0)
		return chroot(a) < 0 ? -1 : chdir("/");
	if (strcmp(what, "mount") == 0)
		return mount("none", "/", "tmpfs", 0, NULL);
	/* Nothing but the filter stands in the way of this one. */
	if (strcmp(what, "memfd") == 0)
		return shut(memfd_create("code", 0));
	if (strcmp(what, "clone3") == 0)
		return (int)syscall(SYS_clone3, NULL, 0);
	return change(what, a, b);
}

static int perform(char *word)
{
	struct stat status;
	char target[512];
	char *what = strsep(&word, ":");
	char *a, *b;

	if (strcmp(what, "thread") == 0)
		return from_thread(word);
	a = strsep(&word, ":");
	b = word;
	if (strcmp(what, "loop") == 0)
		return again(atoi(a), b);
	if (strcmp(what, "open") == 0)
		return shut(open(a, O_RDONLY));
	if (strcmp(what, "list") == 0)
		return list(a);
	if (strcmp(what, "stat") == 0)
		return stat(a, &status);
	if (strcmp(what, "access") == 0)
		return access(a, R_OK);
	if (strcmp(what, "readlink") == 0)
		return readlink(a, target, sizeof(target)) < 0 ? -1 : 0;
	if (strcmp(what, "exec") == 0)
		return execute(a);
	if (strcmp(what, "at") == 0)
		return at(a, b);
	if (strcmp(what, "in") == 0)
		return in(a, b);
	return ask(what, a, b);
}

int main(int argc, char **argv)
{
	char copy[512];

	for (int i = 1; i < argc; i++) {
		strncpy(copy, argv[i], sizeof(copy) - 1);
		errno = 0;
		printf("%s %s\n", argv[i],
		       perform(copy) < 0 ? strerrorname_np(errno) : "ok");
		fflush(stdout);
	}
	return 0;
}
