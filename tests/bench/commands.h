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
#include <signal.h>
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
		if (!arguments[1])
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

/* In the child: quiet standard output, no input, then the command. */
_Noreturn static inline void command_execute(const struct command *command)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(command->arguments[0], command->arguments);
	warn("%s", command->arguments[0]);
	_exit(127);
}

#endif
