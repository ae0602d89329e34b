/*
 * Times commands side by side: A B C A B C ..., so that whatever else the
 * machine does falls on all of them alike.
 *
 *     compare RUNS NAME COMMAND... [--- NAME COMMAND...]...
 *
 * One line each: name, runs, median and MAD of the wall clock time, median
 * processor time (all in ms), median peak of resident memory (KiB), separated
 * by tabs; or name and "failed".
 */
#include "tests/bench/commands.h"

#include <sys/resource.h>
#include <sys/wait.h>

static double timeval_milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

/* The first run of each warms caches and is not counted. */
static void run_once(struct command *command, bool counted)
{
	struct rusage usage;
	double begin = milliseconds_now();
	double end;
	int status;
	pid_t child = command_start(command->arguments);

	if (wait4(child, &status, 0, &usage) < 0)
		err(1, "wait4");
	end = milliseconds_now();
	if (status != 0) {
		warnx("%s: status %#x", command->name, (unsigned int)status);
		command->failed = true;
		return;
	}
	if (!counted)
		return;
	samples_add(&command->wall, end - begin);
	samples_add(&command->cpu,
		    timeval_milliseconds(&usage.ru_utime) +
			    timeval_milliseconds(&usage.ru_stime));
	samples_add(&command->peak, (double)usage.ru_maxrss);
}

static void print_result(struct command *command)
{
	if (command->failed) {
		printf("%s\tfailed\n", command->name);
		return;
	}
	printf("%s\t%zu\t%.3f\t%.3f\t%.3f\t%.0f\n", command->name,
	       command->wall.count, samples_median(&command->wall),
	       samples_scatter(&command->wall), samples_median(&command->cpu),
	       samples_median(&command->peak));
}

int main(int argc, char **argv)
{
	CLEANUP_FREE struct command *commands =
		calloc(COMMANDS_MAX, sizeof(*commands));
	long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	size_t count;

	if (runs < 1 || runs > SAMPLES_MAX)
		errx(2, "usage: compare RUNS NAME COMMAND... [--- ...]");
	if (!commands)
		err(1, NULL);
	count = commands_parse(argv + 2, commands);
	for (long run = 0; run <= runs; run++)
		for (size_t i = 0; i < count; i++)
			if (!commands[i].failed)
				run_once(&commands[i], run > 0);
	for (size_t i = 0; i < count; i++)
		print_result(&commands[i]);
	return 0;
}
