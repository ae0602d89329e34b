/*
 * fingerd: who is here, and what they have to say. The Finger User Information
 * Protocol, RFC 1288, for people who are files:
 *
 *     fingerd DIRECTORY [PORT]
 *
 * An empty query lists them, each with the first line of its file; a name
 * gets the whole of it. Nothing is ever asked of other hosts (RFC 1288, 3.2.1),
 * and what is sent is printable (3.3). One process serves all: a client has a
 * place in a table, a few seconds, and memory of a fixed size.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFAULT_PORT = 79,
	CLIENTS_MAX = 64,
	PEOPLE_MAX = 256, /* that are listed */
	QUERY_MAX = 512,
	ANSWER_MAX = 16384,
	NAME_LIMIT = 32,
	SECONDS_MAX = 10, /* for a query and its answer */
};

struct client {
	int fd;		 /* -1: the place is free */
	time_t deadline; /* of CLOCK_MONOTONIC */
	bool answering;
	size_t length, sent; /* of the query, then of the answer */
	char text[ANSWER_MAX];
};

struct server {
	int people;  /* the directory */
	int listens; /* -1: no more clients are taken */
	int signals;
	struct client clients[CLIENTS_MAX];
};

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* --- Answers --- */

/* What does not fit is left out. A newline becomes the protocol's, and what
 * could give orders to a terminal a question mark. */
static void say(struct client *client, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (client->length + 2 > sizeof(client->text))
			return;
		if (c == '\n')
			client->text[client->length++] = '\r';
		else if (c != '\t' && (c < ' ' || c == 0x7f))
			c = '?';
		client->text[client->length++] = (char)c;
	}
}

static void say_line(struct client *client, const char *text)
{
	say(client, text, strlen(text));
	say(client, "\n", 1);
}

/* Letters, digits and "._-", no dot first: it is the name of a file. */
static bool is_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > NAME_LIMIT || name[0] == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}

/* What a person has to say: its length, or -1 if there is no such person. */
static ssize_t read_person(int people, const char *name, char *text,
			   size_t size)
{
	struct stat status;
	ssize_t length = -1;
	int fd;

	if (!is_name(name))
		return -1;
	fd = openat(people, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		length = read(fd, text, size);
	close(fd);
	return length;
}

static int is_shown(const struct dirent *entry)
{
	return is_name(entry->d_name);
}

static void list_people(const struct server *server, struct client *client)
{
	struct dirent **names;
	int count = scandirat(server->people, ".", &names, is_shown, alphasort);

	say_line(client, "Name                 Says");
	for (int i = 0; i < count; i++) {
		char text[80], line[128];
		ssize_t length =
			i < PEOPLE_MAX
				? read_person(server->people, names[i]->d_name,
					      text, sizeof(text) - 1)
				: -1;

		if (length >= 0) {
			text[length] = '\0';
			text[strcspn(text, "\r\n")] = '\0';
			(void)snprintf(line, sizeof(line), "%-20.32s %s",
				       names[i]->d_name, text);
			say_line(client, line);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static void answer(const struct server *server, struct client *client)
{
	char query[QUERY_MAX + 1], text[ANSWER_MAX];
	char *name = query;
	ssize_t length;

	memcpy(query, client->text, client->length);
	query[client->length] = '\0';
	client->length = 0;
	client->answering = true;
	/* /W asks for more words, which everybody gets anyway. */
	name += strspn(name, " ");
	if (strncmp(name, "/W", 2) == 0)
		name += 2 + strspn(name + 2, " ");
	name[strcspn(name, " ")] = '\0';
	if (*name == '\0') {
		list_people(server, client);
		return;
	}
	if (strchr(name, '@')) {
		say_line(client, "Other hosts are not asked from here.");
		return;
	}
	length = read_person(server->people, name, text, sizeof(text));
	if (length < 0) {
		say_line(client, "Nobody of that name is known here.");
		return;
	}
	say(client, text, (size_t)length);
}

/* --- Clients --- */

static void leave(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

static void take(struct server *server)
{
	int fd = accept4(server->listens, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server->clients[i];

		if (client->fd >= 0)
			continue;
		client->fd = fd;
		client->deadline = now() + SECONDS_MAX;
		client->answering = false;
		client->length = client->sent = 0;
		return;
	}
	close(fd);
}

/* A query is a line; whoever says more than fits into one is gone. */
static void listen_to(const struct server *server, struct client *client)
{
	ssize_t got = read(client->fd, client->text + client->length,
			   QUERY_MAX - client->length);
	char *end;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		leave(client);
		return;
	}
	client->length += (size_t)got;
	end = memchr(client->text, '\n', client->length);
	if (end) {
		client->length = (size_t)(end - client->text);
		if (client->length && end[-1] == '\r')
			client->length--;
		answer(server, client);
	} else if (client->length == QUERY_MAX) {
		leave(client);
	}
}

static void speak_to(struct client *client)
{
	ssize_t sent = send(client->fd, client->text + client->sent,
			    client->length - client->sent, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (sent >= 0)
		client->sent += (size_t)sent;
	if (sent < 0 || client->sent == client->length)
		leave(client);
}

static void serve(const struct server *server, struct client *client,
		  short events)
{
	if (now() >= client->deadline)
		leave(client);
	else if (events && !client->answering)
		listen_to(server, client);
	else if (events)
		speak_to(client);
}

/* --- The server --- */

/* Until a signal says that it is enough, and nobody is left. */
static int run(struct server *server)
{
	for (;;) {
		struct pollfd polls[CLIENTS_MAX + 2] = {
			{ .fd = server->signals, .events = POLLIN },
			{ .fd = server->listens, .events = POLLIN },
		};
		bool busy = false;

		for (size_t i = 0; i < CLIENTS_MAX; i++) {
			const struct client *client = &server->clients[i];

			polls[i + 2].fd = client->fd;
			polls[i + 2].events =
				client->answering ? POLLOUT : POLLIN;
			busy |= client->fd >= 0;
		}
		if (server->listens < 0 && !busy)
			return 0;
		/* Deadlines are looked at once a second. */
		if (poll(polls, CLIENTS_MAX + 2, busy ? 1000 : -1) < 0 &&
		    errno != EINTR)
			return -1;
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (server->clients[i].fd >= 0)
				serve(server, &server->clients[i],
				      polls[i + 2].revents);
		if (polls[1].revents)
			take(server);
		if (polls[0].revents && server->listens >= 0) {
			close(server->listens);
			server->listens = -1;
		}
	}
}

static int open_signals(void)
{
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	if (sigprocmask(SIG_BLOCK, &end, NULL) < 0)
		return -1;
	return signalfd(-1, &end, SFD_CLOEXEC);
}

/* IPv6 and IPv4 on one socket. */
static int open_port(uint16_t port)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_port = htons(port) };
	const int on = 1, off = 0;
	int fd =
		socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int fail(const char *what)
{
	(void)fprintf(stderr, "fingerd: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	static struct server server;
	unsigned long port = DEFAULT_PORT;

	if (argc == 3)
		port = strtoul(argv[2], NULL, 10);
	if (argc < 2 || argc > 3 || port == 0 || port > UINT16_MAX) {
		(void)fputs("usage: fingerd DIRECTORY [PORT]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		server.clients[i].fd = -1;
	server.people = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (server.people < 0)
		return fail(argv[1]);
	server.signals = open_signals();
	if (server.signals < 0)
		return fail("signals");
	server.listens = open_port((uint16_t)port);
	if (server.listens < 0)
		return fail("the port");
	return run(&server) < 0 ? fail("poll") : 0;
}
