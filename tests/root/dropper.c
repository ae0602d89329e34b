/*
 * A service that drops what it has when it is told to finish, and its clients.
 *
 *   dropper serve PORT ACCEPT ANSWER
 *       accepts one connection in ACCEPT milliseconds, or all that wait if
 *       that is 0, and answers each ANSWER milliseconds later. SIGTERM ends it,
 *       with all that it has.
 *   dropper ask PORT
 *       connects again and again, 16 at a time, until SIGTERM. Prints how many
 *       connections there were, how many had no answer, and how many
 *       milliseconds the longest took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { VISITORS_MAX = 1024, CLIENTS = 16, PATIENCE_S = 20 };

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static struct sockaddr_in address(uint32_t host, const char *port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(host),
	};
}

/* --- The service ---------------------------------------------------------- */

struct visitor {
	int fd;
	int64_t answer_at;
};

static int serve(const char *port, int64_t accept_ms, int64_t answer_ms)
{
	struct sockaddr_in sockaddr = address(INADDR_ANY, port);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	static struct visitor visitors[VISITORS_MAX];
	int64_t accept_at = 0;
	size_t count = 0;

	if (bind(listener, (struct sockaddr *)&sockaddr, sizeof(sockaddr)) ||
	    listen(listener, 128)) {
		perror("listen");
		return 1;
	}
	for (;;) {
		struct pollfd polled = { .fd = listener, .events = POLLIN };
		int fd = -1;

		(void)poll(&polled, 1, 1);
		if (now() >= accept_at && count < VISITORS_MAX)
			fd = accept(listener, NULL, NULL);
		if (fd >= 0) {
			visitors[count++] =
				(struct visitor){ fd, now() + answer_ms };
			accept_at = now() + accept_ms;
		}
		for (size_t i = count; i-- > 0;) {
			if (now() < visitors[i].answer_at)
				continue;
			(void)!write(visitors[i].fd, "served\n", 7);
			(void)close(visitors[i].fd);
			visitors[i] = visitors[--count];
		}
	}
}

/* --- The clients ---------------------------------------------------------- */

static volatile sig_atomic_t stopping;

struct client {
	pthread_t thread;
	struct sockaddr_in server;
	unsigned int asked, failed;
	int64_t longest;
};

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static int visit(const struct client *client)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char answer[8] = "";
	int r = -1;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&client->server,
		    sizeof(client->server)) == 0 &&
	    recv(fd, answer, 7, MSG_WAITALL) == 7)
		r = strcmp(answer, "served\n");
	(void)close(fd);
	return r;
}

static void *ask_on(void *context)
{
	struct client *client = context;

	while (!stopping) {
		int64_t began = now(), took;

		client->asked++;
		if (visit(client) != 0)
			client->failed++;
		took = now() - began;
		if (took > client->longest)
			client->longest = took;
	}
	return NULL;
}

static int ask(const char *port)
{
	static struct client clients[CLIENTS];
	struct client sum = { 0 };

	(void)sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop },
			NULL);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i].server = address(INADDR_LOOPBACK, port);
		if (pthread_create(&clients[i].thread, NULL, ask_on,
				   &clients[i]))
			return 1;
	}
	for (int i = 0; i < CLIENTS; i++) {
		(void)pthread_join(clients[i].thread, NULL);
		sum.asked += clients[i].asked;
		sum.failed += clients[i].failed;
		if (clients[i].longest > sum.longest)
			sum.longest = clients[i].longest;
	}
	printf("%u %u %lld\n", sum.asked, sum.failed, (long long)sum.longest);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], strtol(argv[3], NULL, 10),
			     strtol(argv[4], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]);
	(void)fprintf(stderr, "usage: %s serve PORT ACCEPT ANSWER | ask PORT\n",
		      argv[0]);
	return 2;
}
