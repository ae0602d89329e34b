/*
 * Times how long services take from their start until they answer a GET of
 * "/" on 127.0.0.1 with status 200. Side by side, as compare.c does.
 *
 *     first_response RUNS NAME PORT COMMAND... [--- NAME PORT COMMAND...]...
 *
 * Each is ended with SIGTERM and waited for before the next begins. One line
 * each: name, runs, median and MAD in ms, separated by tabs; or name and
 * "failed".
 */
#include "tests/bench/commands.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
	DEADLINE_MILLISECONDS = 20000,
	POLL_NANOSECONDS = 200000,
};

static const char request[] =
	"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* True once the answer begins with an HTTP status line that says 200. */
static bool answers(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval patience = { .tv_sec = 5 };
	CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[16] = "";

	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		err(1, "setsockopt");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return false;
	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return false;
	if (recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) < 0)
		return false;
	return strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

static void run_once(struct command *command, bool counted)
{
	const struct timespec pause = { .tv_nsec = POLL_NANOSECONDS };
	char **arguments = command->arguments;
	uint16_t port = (uint16_t)strtoul(arguments[0], NULL, 10);
	double begin = milliseconds_now();
	double passed = 0;
	pid_t child = command_start(arguments + 1);
	bool answered;

	while (!(answered = answers(port)) && passed < DEADLINE_MILLISECONDS) {
		nanosleep(&pause, NULL);
		passed = milliseconds_now() - begin;
		if (waitpid(child, NULL, WNOHANG) == child) {
			child = -1;
			break;
		}
	}
	passed = milliseconds_now() - begin;
	if (child > 0) {
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
	}
	if (!answered) {
		warnx("%s: no answer on port %u", command->name, port);
		command->failed = true;
	} else if (counted) {
		samples_add(&command->wall, passed);
	}
}

int main(int argc, char **argv)
{
	CLEANUP_FREE struct command *commands =
		calloc(COMMANDS_MAX, sizeof(*commands));
	long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	size_t count;

	if (runs < 1 || runs > SAMPLES_MAX)
		errx(2, "usage: first_response RUNS NAME PORT COMMAND...");
	if (!commands)
		err(1, NULL);
	count = commands_parse(argv + 2, commands);
	for (size_t i = 0; i < count; i++)
		if (!commands[i].arguments[1])
			errx(2, "%s: no command", commands[i].name);
	for (long run = 0; run <= runs; run++)
		for (size_t i = 0; i < count; i++)
			if (!commands[i].failed)
				run_once(&commands[i], run > 0);
	for (size_t i = 0; i < count; i++) {
		if (commands[i].failed)
			printf("%s\tfailed\n", commands[i].name);
		else
			printf("%s\t%zu\t%.3f\t%.3f\n", commands[i].name,
			       commands[i].wall.count,
			       samples_median(&commands[i].wall),
			       samples_scatter(&commands[i].wall));
	}
	return 0;
}
