/*
 * flood bomb | memory | descriptors | bytes | inodes | log | binds
 *
 * Takes everything that there is of one thing, from many processes, until it
 * is ended from outside. Prints "flooding" once it is well under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MEBIBYTE = 1 << 20,
	WORKERS = 8,
	SOON = 2000, /* rounds until it is well under way */
};

static const char *const places[] = { "/tmp", "/var", "/kept" };

static void under_way(void)
{
	printf("flooding\n");
	fflush(stdout);
}

/* Each begins others, for ever. */
static void bomb(void)
{
	for (long i = 0;; i++) {
		if (i == SOON)
			under_way();
		if (fork() == 0)
			i = SOON + 1;
	}
}

/* Private, shared, and in layers; whoever is killed is replaced. */
static void memory(void)
{
	for (long i = 0;; i++) {
		char *more = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int id = shmget(IPC_PRIVATE, MEBIBYTE, IPC_CREAT | 0600);
		char *shared = shmat(id, NULL, 0);

		if (more != MAP_FAILED)
			memset(more, 1, MEBIBYTE);
		if (shared != (void *)-1)
			memset(shared, 1, MEBIBYTE);
		(void)fork();
	}
}

/* Another one in flight takes the place of each that is closed. */
static void send_away(int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2];

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0)
		(void)sendmsg(pair[0], &message, MSG_DONTWAIT);
}

static void descriptors(void)
{
	for (;;) {
		int pipes[2];

		send_away(open("/", O_RDONLY));
		(void)pipe(pipes);
		(void)fcntl(pipes[0], F_SETPIPE_SZ, MEBIBYTE);
		(void)epoll_create1(0);
		(void)inotify_add_watch(inotify_init1(0), "/tmp",
					IN_ALL_EVENTS);
		(void)eventfd(0, 0);
		(void)socket(AF_INET, SOCK_STREAM, 0);
	}
}

static void bytes(void)
{
	static char block[MEBIBYTE];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/bytes.%d", places[i],
			       getpid());
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		while (write(fd, block, sizeof(block)) > 0)
			;
	}
}

static void inodes(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[64];

		for (long number = 0;; number++) {
			(void)snprintf(path, sizeof(path), "%s/%d.%ld",
				       places[i], getpid(), number);
			if (mkdir(path, 0700) < 0)
				break;
		}
	}
}

static void log_lines(void)
{
	static const char line[] =
		"<13>x: a line that says nothing at all, again and again";
	const struct sockaddr_un log = { .sun_family = AF_UNIX,
					 .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)connect(fd, (const struct sockaddr *)&log, sizeof(log));
	for (;;) {
		(void)send(fd, line, sizeof(line), MSG_DONTWAIT);
		(void)!write(STDERR_FILENO, line, sizeof(line));
	}
}

static void binds(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	/* A look for who has the port takes longer the more there are. */
	while (open("/", O_RDONLY) >= 0)
		;
	(void)close(3);
	for (int i = 0;; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		address.sin_port = htons(i % 2 ? 80 : (uint16_t)(i | 1024));
		(void)bind(fd, (const struct sockaddr *)&address,
			   sizeof(address));
		(void)listen(fd, 1);
		(void)close(fd);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*flood)(void);
	} floods[] = {
		{ "bomb", bomb },     { "memory", memory },
		{ "bytes", bytes },   { "descriptors", descriptors },
		{ "inodes", inodes }, { "log", log_lines },
		{ "binds", binds },
	};
	const char *wanted = argc > 1 ? argv[1] : "";

	if (strcmp(wanted, "bomb") != 0)
		under_way();
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		if (strcmp(wanted, floods[i].name) != 0)
			continue;
		for (int worker = 0; worker < WORKERS; worker++)
			if (fork() == 0)
				floods[i].flood();
	}
	/* Whoever is killed for want of memory: this one takes none. */
	for (;;)
		pause();
}
