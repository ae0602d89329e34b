/*
 * Several named commands on one command line, told apart by "---":
 *
 *     NAME COMMAND ARGUMENT... --- NAME COMMAND ARGUMENT... --- ...
 */
#ifndef JAIL_BENCH_COMMANDS_H
#define JAIL_BENCH_COMMANDS_H

#include "tests/bench/samples.h"

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>

enum { COMMANDS_MAX = 16 };

struct command {
	const char *name;
	char **arguments;    /* NULL-terminated */
	bool failed;	     /* gave something else than 0: not run again */
	struct samples wall; /* ms */
	struct samples cpu;  /* ms */
	struct samples peak; /* KiB resident */
};

/* Separators in `arguments` become NULL. Exits when there is no sense in it. */
static inline size_t commands_parse(char **arguments, struct command *commands)
{
	size_t count = 0;

	while (*arguments) {
		if (count == COMMANDS_MAX)
			errx(2, "more than %d commands", COMMANDS_MAX);
		if (!arguments[1] || strcmp(arguments[1], "---") == 0)
			errx(2, "%s: no command", *arguments);
		commands[count].name = *arguments++;
		commands[count++].arguments = arguments;
		while (*arguments && strcmp(*arguments, "---") != 0)
			arguments++;
		if (*arguments)
			*arguments++ = NULL;
	}
	if (count == 0)
		errx(2, "no command");
	return count;
}

/* Start it with neither input nor output; what it complains about is shown. */
static inline pid_t command_start(char **arguments)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int error;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
					     "/dev/null", O_RDWR, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO,
					     STDOUT_FILENO) != 0)
		err(1, NULL);
	error = posix_spawnp(&child, arguments[0], &actions, NULL, arguments,
			     environ);
	if (error != 0)
		errx(1, "%s: %s", arguments[0], strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	return child;
}

#endif
