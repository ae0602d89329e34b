/*
 * limits processes | memory | cpu | cpu-time | files | file-size
 *
 * Takes as much of one thing as it can get, and prints how much that was.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ENOUGH = 100000,
	MEBIBYTE = 1 << 20,
	MEBIBYTES_MAX = 512,
};

static void report(const char *what, long count)
{
	printf("%s %ld %s\n", what, count, errno ? strerrorname_np(errno) : "");
	fflush(stdout);
}

/* Children that wait; they end with the jail. */
static void take_processes(void)
{
	long count = 0;
	pid_t pid;

	while (count < ENOUGH && (pid = fork()) >= 0) {
		if (pid == 0)
			for (;;)
				pause();
		count++;
	}
	report("processes", count + 1);
}

static void take_memory(void)
{
	for (long count = 0; count < MEBIBYTES_MAX; count++) {
		char *memory = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			break;
		memset(memory, 1, MEBIBYTE);
		report("memory", count + 1);
	}
}

static long milliseconds(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For a second, as the clock on the wall has it. */
static void take_cpu(void)
{
	long end = milliseconds(CLOCK_MONOTONIC) + 1000;

	while (milliseconds(CLOCK_MONOTONIC) < end)
		;
	report("cpu", milliseconds(CLOCK_PROCESS_CPUTIME_ID));
}

/* Until a limit ends it. */
static void take_cpu_time(void)
{
	while (milliseconds(CLOCK_PROCESS_CPUTIME_ID) < 20000)
		;
	report("cpu-time", milliseconds(CLOCK_PROCESS_CPUTIME_ID));
}

static void take_files(void)
{
	long count = 3;

	while (count < ENOUGH && open("/", O_RDONLY) >= 0)
		count++;
	report("files", count);
}

static void take_file_size(void)
{
	static char block[MEBIBYTE / 4];
	int fd = open("/tmp/big", O_CREAT | O_WRONLY, 0600);
	ssize_t written;
	long size = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	while ((written = write(fd, block, sizeof(block))) > 0)
		size += written;
	report("file-size", size);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*take)(void);
	} things[] = {
		{ "processes", take_processes },
		{ "memory", take_memory },
		{ "cpu", take_cpu },
		{ "cpu-time", take_cpu_time },
		{ "files", take_files },
		{ "file-size", take_file_size },
	};

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (argc > 1 && strcmp(argv[1], things[i].name) == 0)
			things[i].take();
	}
	return 0;
}
