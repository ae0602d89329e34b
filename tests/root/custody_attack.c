/*
 * custody_attack
 *
 * The notification interface itself, as an intruder would turn it: what is put
 * to the supervisor changes while it looks, callers end in the middle of a
 * call, and there are very many of them. The jail has `listen 80`, and nothing
 * else; somebody is to connect to that port once. Prints "pass TEXT" or
 * "fail TEXT: WHY" for each, and "end"; then serves.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PORT = 80,
	OTHER_PORT = 8181, /* which the image does not name */
	RACES = 3000,
	BINDS = 5000,
	CHILDREN = 200,
	CROWD = 16,
};

static void judge(const char *text, const char *why)
{
	if (why)
		printf("fail %s: %s\n", text, why);
	else
		printf("pass %s\n", text);
	fflush(stdout);
}

static struct sockaddr_in any(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port) };
}

static int bind_port(int fd, int port)
{
	const struct sockaddr_in address = any(port);

	return bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

/* One that may be bound where others are. */
static int stream(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_in address = { 0 };
	socklen_t length = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &length) < 0
		       ? -1
		       : ntohs(address.sin_port);
}

static bool is_listening(int fd)
{
	socklen_t length = sizeof(int);
	int accepts = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) ==
		       0 &&
	       accepts;
}

/* --- Another address, or another socket, while the supervisor looks --------
 */

static atomic_bool over;
static struct sockaddr_in changing;

static void *change_address(void *context)
{
	(void)context;
	while (!over) {
		changing.sin_port = htons(OTHER_PORT);
		changing.sin_port = htons(PORT);
	}
	return NULL;
}

/* `wanted` is what the mapped port is on the host. */
static const char *race_address(int wanted)
{
	const char *why = NULL;
	pthread_t thread;

	over = false;
	changing = any(PORT);
	(void)pthread_create(&thread, NULL, change_address, NULL);
	for (int i = 0; i < RACES && !why; i++) {
		int fd = stream();

		if (bind(fd, (const struct sockaddr *)&changing,
			 sizeof(changing)) == 0) {
			if (port_of(fd) != wanted)
				why = "bound to something else";
		} else if (errno != EACCES) {
			why = strerrorname_np(errno);
		}
		(void)close(fd);
	}
	over = true;
	(void)pthread_join(thread, NULL);
	return why;
}

/* Two sockets that change places under one descriptor: the one is a matter of
 * the jail's alone, the other is a connection of the host's network that was
 * dissolved. */
struct swap {
	int harmless, dangerous, place;
};

static void *change_socket(void *context)
{
	const struct swap *swap = context;

	while (!over) {
		(void)dup2(swap->dangerous, swap->place);
		(void)dup2(swap->harmless, swap->place);
	}
	return NULL;
}

/* As often as it takes, unless `done` says that it was done. */
static const char *race_socket(int dangerous, bool named,
			       long (*call)(int place),
			       bool (*done)(int dangerous))
{
	struct swap swap = { .dangerous = dangerous };
	const struct sockaddr_un nameless = { .sun_family = AF_UNIX };
	const char *why = NULL;
	pthread_t thread;

	over = false;
	swap.harmless = socket(AF_UNIX, SOCK_STREAM, 0);
	if (named)
		(void)bind(swap.harmless, (const struct sockaddr *)&nameless,
			   sizeof(nameless.sun_family));
	swap.place = dup(swap.harmless);
	(void)pthread_create(&thread, NULL, change_socket, &swap);
	for (int i = 0; i < RACES && !why; i++) {
		(void)call(swap.place);
		if (done(dangerous))
			why = "done";
	}
	over = true;
	(void)pthread_join(thread, NULL);
	(void)close(swap.place);
	(void)close(swap.harmless);
	return why;
}

/* Nothing else keeps a socket that took another's place from being bound. */
static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4;
}

static long call_listen(int place)
{
	return listen(place, 8);
}

/* As an address of AF_UNIX it is an error. */
static long call_bind(int place)
{
	return bind_port(place, OTHER_PORT);
}

static bool is_bound(int fd)
{
	return port_of(fd) == OTHER_PORT;
}

/* --- Callers that end in the middle of a call ------------------------------
 */

static void *call_for_ever(void *context)
{
	(void)context;
	for (;;) {
		int fd = stream();

		(void)bind_port(fd, PORT);
		(void)bind_port(fd, OTHER_PORT);
		(void)listen(fd, 1);
		(void)close(fd);
	}
	return NULL;
}

/* They are killed from outside, or end themselves while a thread calls. */
static const char *die_calling(bool killed)
{
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		pthread_t thread;

		if (pid == 0) {
			(void)pthread_create(&thread, NULL, call_for_ever,
					     NULL);
			if (killed)
				(void)call_for_ever(NULL);
			(void)usleep((useconds_t)i * 20);
			_exit(0);
		}
		if (pid < 0)
			return strerrorname_np(errno);
		(void)usleep((useconds_t)i * 20);
		if (killed)
			(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

/* Interrupted by signals: the kernel makes the call again, or says EINTR. */
static const char *interrupted(int wanted)
{
	struct sigaction action = { .sa_handler = nothing };
	pid_t parent = getpid(), pid;
	const char *why = NULL;

	(void)sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (pid == 0)
		for (;;)
			(void)kill(parent, SIGUSR1);
	for (int i = 0; i < RACES && !why; i++) {
		int fd = stream(), r = bind_port(fd, PORT);

		if (r == 0 && port_of(fd) != wanted)
			why = "bound to something else";
		else if (r < 0 && errno != EINTR)
			why = strerrorname_np(errno);
		(void)close(fd);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return why;
}

/* --- Very many -------------------------------------------------------------
 */

static const char *many(int count, int port, int wanted)
{
	for (int i = 0; i < count; i++) {
		int fd = stream();
		int error = bind_port(fd, port) < 0 ? errno : 0;

		(void)close(fd);
		if (error != wanted)
			return error ? strerrorname_np(error) : "bound";
	}
	return NULL;
}

/* From many processes at once. */
static const char *crowd(void)
{
	const char *why = NULL;
	int status;

	for (int i = 0; i < CROWD; i++) {
		if (fork() == 0)
			_exit(many(BINDS / CROWD, PORT, 0) ||
			      many(BINDS / CROWD, OTHER_PORT, EACCES));
	}
	while (wait(&status) > 0)
		if (status)
			why = "another answer";
	return why;
}

static const char *tells_interfaces(int fd)
{
	struct ifreq first;
	struct ifconf all = { .ifc_len = sizeof(first), .ifc_req = &first };

	return ioctl(fd, SIOCGIFCONF, &all) < 0 ? NULL : "done";
}

/* The supervisor listens in the jail's stead: nobody may see that. */
static const char *peer_is_told(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address), size = sizeof(struct ucred);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct ucred peer = { 0 };

	if (bind(listener, (const struct sockaddr *)&address,
		 sizeof(address.sun_family)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(client, (const struct sockaddr *)&address, length) < 0 ||
	    getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return strerrorname_np(errno);
	return peer.uid == geteuid() && peer.gid == getegid() ? NULL
							      : "another user";
}

/* --- All of it -------------------------------------------------------------
 */

static void *serve(void *context)
{
	int listener = *(int *)context;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0) {
			(void)!write(fd, "served\n", 7);
			(void)close(fd);
		}
	}
	return NULL;
}

int main(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int listener = stream(), connection, wanted;

	if (bind_port(listener, PORT) < 0 || listen(listener, 64) < 0) {
		perror("bind");
		return 1;
	}
	wanted = port_of(listener);
	connection = accept(listener, NULL, NULL);
	if (connection < 0 ||
	    connect(connection, &nobody, sizeof(nobody)) < 0) {
		perror("disconnect");
		return 1;
	}
	judge("a connection of the host's does not listen",
	      listen(connection, 8) < 0 ? NULL : "done");
	judge("nor is it bound when it takes another's place",
	      has_landlock()
		      ? race_socket(connection, false, call_bind, is_bound)
		      : NULL);
	judge("nor does it listen so",
	      race_socket(connection, true, call_listen, is_listening));
	judge("nor does it give its network",
	      ioctl(connection, SIOCGSKNS) < 0 ? NULL : "done");
	judge("nor tells of its interfaces", tells_interfaces(connection));
	judge("a local socket listens as whom we are", peer_is_told());
	judge("an address that changes", race_address(wanted));
	judge("callers that are killed", die_calling(true));
	judge("callers that end", die_calling(false));
	judge("callers that are interrupted", interrupted(wanted));
	judge("thousands of binds", many(BINDS, PORT, 0));
	judge("thousands that are refused", many(BINDS, OTHER_PORT, EACCES));
	judge("from many processes at once", crowd());
	puts("end");
	fflush(stdout);
	(void)serve(&listener);
}
