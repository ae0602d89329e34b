/*
 * Clients of a web server that ask for "/" on 127.0.0.1 all the time, and what
 * became of each request.
 *
 *     load close|keep SECONDS CLIENTS PORT
 *     load first SECONDS PORT
 *
 * `close`: a new connection for each request. `keep`: connections that are
 * kept, with pauses in which the server may close them. What is asked on a
 * connection that turns out to be closed, before a byte of the answer has
 * come, is asked once more on a new one: a GET may be (RFC 9110, 9.2.2), and a
 * client that keeps connections has to (RFC 9112, 9.3.1). That is counted, and
 * no failure; a retry that fails is, and so is everything else that is not an
 * answer of status 200 with all that it promised.
 *
 * One line: requests, failed, retried, longest in ms, separated by tabs; for
 * each way to fail another line on standard error. `first`: how many ms until
 * there was an answer of 200.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CLIENTS_MAX = 1000,
	ANSWER_MAX = 64 << 10,
	PATIENCE_MILLISECONDS = 10000,
	AFTER_FAILURE_MILLISECONDS = 1,
	PAUSES = 16, /* of 0, 1, 2 ... ms, one after the other */
	REASONS_MAX = 16,
};

enum phase { IDLE, CONNECTING, WAITING };

struct client {
	enum phase phase;
	int fd;
	bool used;    /* the connection has carried a request before */
	bool retried; /* this request */
	double begun; /* ms */
	double next;  /* when it asks again */
	unsigned int pause;
	size_t length;
	char answer[ANSWER_MAX + 1];
};

struct reason {
	const char *text;
	int error;
	unsigned long count;
};

struct load {
	bool keep;
	uint16_t port;
	unsigned long requests, failed, retried;
	double longest;
	struct reason reasons[REASONS_MAX];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void hang_up(struct client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	client->used = false;
	client->phase = IDLE;
}

static void over(struct load *load, struct client *client)
{
	double took = now() - client->begun;

	load->requests++;
	if (took > load->longest)
		load->longest = took;
	client->retried = false;
	client->phase = IDLE;
	client->next = now();
	if (load->keep)
		client->next += client->pause++ % PAUSES;
	else
		hang_up(client);
}

static void fail(struct load *load, struct client *client, const char *text,
		 int error)
{
	struct reason *reason = load->reasons;

	load->failed++;
	while (reason->text && reason < &load->reasons[REASONS_MAX - 1] &&
	       (strcmp(reason->text, text) != 0 || reason->error != error))
		reason++;
	reason->text = text;
	reason->error = error;
	reason->count++;
	over(load, client);
	hang_up(client);
	client->next += AFTER_FAILURE_MILLISECONDS;
}

static void begin(struct load *load, struct client *client);

/* The connection is gone and no byte of the answer has come. */
static void lost(struct load *load, struct client *client, const char *text,
		 int error)
{
	if (!client->used || client->retried) {
		fail(load, client, text, error);
		return;
	}
	load->retried++;
	client->retried = true;
	hang_up(client);
	begin(load, client);
}

static void ask(struct load *load, struct client *client)
{
	char text[128];
	int length = snprintf(text, sizeof(text),
			      "GET / HTTP/1.1\r\nHost: localhost\r\n"
			      "Connection: %s\r\n\r\n",
			      load->keep ? "keep-alive" : "close");

	client->phase = WAITING;
	client->length = 0;
	if (send(client->fd, text, (size_t)length, MSG_NOSIGNAL) != length)
		lost(load, client, "send", errno);
}

/* Of a new connection, or on the one that is there. */
static void begin(struct load *load, struct client *client)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(load->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (!client->retried)
		client->begun = now();
	if (client->fd >= 0) {
		client->used = true;
		ask(load, client);
		return;
	}
	client->fd =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		err(1, "socket");
	client->phase = CONNECTING;
	if (connect(client->fd, (const struct sockaddr *)&address,
		    sizeof(address)) < 0 &&
	    errno != EINPROGRESS)
		fail(load, client, "connect", errno);
}

/* All of it, as its header says; -1 when it says nothing of that. */
static long whole_length(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	const char *field =
		end ? strcasestr(answer, "\r\nContent-Length:") : NULL;

	if (!field || field > end)
		return -1;
	return end + 4 - answer +
	       strtol(field + sizeof("\r\nContent-Length:") - 1, NULL, 10);
}

static void receive(struct load *load, struct client *client)
{
	ssize_t got = recv(client->fd, client->answer + client->length,
			   ANSWER_MAX - client->length, 0);
	long whole;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 && client->length == 0) {
		lost(load, client, got < 0 ? "no answer" : "closed unanswered",
		     got < 0 ? errno : 0);
		return;
	}
	if (got <= 0) {
		fail(load, client, "half an answer", got < 0 ? errno : 0);
		return;
	}
	client->length += (size_t)got;
	client->answer[client->length] = '\0';
	whole = whole_length(client->answer);
	if (whole < 0 && client->length < ANSWER_MAX)
		return;
	if (whole < 0 || whole > ANSWER_MAX)
		fail(load, client, "a strange answer", 0);
	else if ((long)client->length < whole)
		return;
	else if (strncmp(client->answer, "HTTP/1.1 200 ", 13) != 0)
		fail(load, client, "another status", 0);
	else
		over(load, client);
	/* The server may say that it was the last one. */
	if (client->fd >= 0 &&
	    strcasestr(client->answer, "\r\nConnection: close"))
		hang_up(client);
}

static void connected(struct load *load, struct client *client)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		err(1, "getsockopt");
	if (error)
		fail(load, client, "connect", error);
	else
		ask(load, client);
}

static void turn(struct load *load, struct client *clients, size_t count,
		 bool more)
{
	struct pollfd polled[CLIENTS_MAX];
	double time = now();

	for (size_t i = 0; i < count; i++) {
		struct client *client = &clients[i];

		if (more && client->phase == IDLE && client->next <= time)
			begin(load, client);
		else if (client->phase != IDLE &&
			 time - client->begun > PATIENCE_MILLISECONDS)
			fail(load, client, "no answer in time", 0);
		polled[i].fd = client->phase == IDLE ? -1 : client->fd;
		polled[i].events =
			client->phase == CONNECTING ? POLLOUT : POLLIN;
		polled[i].revents = 0;
	}
	if (poll(polled, count, 1) < 0 && errno != EINTR)
		err(1, "poll");
	for (size_t i = 0; i < count; i++) {
		if (!polled[i].revents)
			continue;
		if (clients[i].phase == CONNECTING)
			connected(load, &clients[i]);
		else if (clients[i].phase == WAITING)
			receive(load, &clients[i]);
	}
}

static bool any_waits(const struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (clients[i].phase != IDLE)
			return true;
	return false;
}

static struct client *clients_new(size_t count)
{
	struct client *clients = calloc(count, sizeof(*clients));

	if (!clients)
		err(1, NULL);
	for (size_t i = 0; i < count; i++) {
		clients[i].fd = -1;
		clients[i].pause = (unsigned int)i;
	}
	return clients;
}

static void run(struct load *load, double seconds, size_t count)
{
	struct client *clients = clients_new(count);
	double end = now() + seconds * 1e3;

	while (now() < end || any_waits(clients, count))
		turn(load, clients, count, now() < end);
	printf("%lu\t%lu\t%lu\t%.1f\n", load->requests, load->failed,
	       load->retried, load->longest);
	for (size_t i = 0; i < REASONS_MAX && load->reasons[i].text; i++)
		warnx("%lu failed: %s%s%s", load->reasons[i].count,
		      load->reasons[i].text, load->reasons[i].error ? ": " : "",
		      load->reasons[i].error ? strerror(load->reasons[i].error)
					     : "");
	free(clients);
}

/* One client, that tries until it succeeds. */
static int first(struct load *load, double seconds)
{
	struct client *client = clients_new(1);
	double begun = now();

	while (load->requests == load->failed) {
		turn(load, client, 1, true);
		if (now() - begun > seconds * 1e3)
			errx(1, "no answer on port %u", load->port);
	}
	printf("%.2f\n", now() - begun);
	free(client);
	return 0;
}

int main(int argc, char **argv)
{
	struct load load = { 0 };
	const char *mode = argc > 1 ? argv[1] : "";
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 0;
	long count = argc > 4 ? strtol(argv[3], NULL, 10) : 1;
	const char *port = argc > 3 ? argv[argc - 1] : "0";

	load.port = (uint16_t)strtoul(port, NULL, 10);
	load.keep = strcmp(mode, "keep") == 0;
	if (seconds > 0 && load.port && argc == 4 && strcmp(mode, "first") == 0)
		return first(&load, seconds);
	if (seconds <= 0 || !load.port || argc != 5 || count < 1 ||
	    count > CLIENTS_MAX || (!load.keep && strcmp(mode, "close") != 0))
		errx(2, "usage: load close|keep SECONDS CLIENTS PORT, or "
			"load first SECONDS PORT");
	run(&load, seconds, (size_t)count);
	return 0;
}
