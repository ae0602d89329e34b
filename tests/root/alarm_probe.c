/*
 * What an intruder tries, one thing after the other; each answer is a word on
 * standard output.
 *
 *   call NAME          a system call with arguments that do no harm
 *   flood NAME COUNT   from four processes, that many each
 *   exec PATH          execve(2)
 *   fexec PATH         by a descriptor
 *   self PATH          by /proc/self/fd
 *   memory             a copy of itself in memory that has no name
 *   many PATH COUNT    executes it as often, one after the other
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long make_call(const char *name)
{
	if (strcmp(name, "ptrace") == 0)
		return syscall(SYS_ptrace, PTRACE_PEEKUSER, getppid(), 0, 0);
	if (strcmp(name, "mount") == 0)
		return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
	if (strcmp(name, "unshare") == 0)
		return unshare(CLONE_NEWUSER);
	if (strcmp(name, "packet") == 0)
		return socket(AF_PACKET, SOCK_RAW, 0);
	if (strcmp(name, "netlink") == 0)
		return socket(AF_NETLINK, SOCK_RAW, 9);
	if (strcmp(name, "keyctl") == 0)
		return syscall(SYS_keyctl, 0, 0, 0);
	if (strcmp(name, "clone3") == 0)
		return syscall(SYS_clone3, NULL, 0);
	if (strcmp(name, "unknown") == 0)
		return syscall(999);
	fprintf(stderr, "no such call: %s\n", name);
	exit(2);
}

static void say(const char *name, int error)
{
	printf("%s %s\n", name, error ? strerrorname_np(error) : "ok");
	fflush(stdout);
}

static void flood(const char *name, int count)
{
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int j = 0; j < count; j++)
			(void)make_call(name);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	say(name, 0);
}

/* How a child that executes it ends, or why it cannot. */
static void execute(const char *how, const char *path, int fd)
{
	char *const arguments[] = { (char *)"probe", (char *)"nothing", NULL };
	char *const environment[] = { NULL };
	char link[32];
	int status = 0, pid = fork();

	if (pid == 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (strcmp(how, "exec") == 0)
			execve(path, arguments, environment);
		else if (strcmp(how, "self") == 0)
			execve(link, arguments, environment);
		else
			syscall(SYS_execveat, fd, "", arguments, environment,
				AT_EMPTY_PATH);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	say(how, WEXITSTATUS(status));
}

static int copy_to_memory(void)
{
	int memory = (int)syscall(SYS_memfd_create, "tool", 0);
	int self = open("/proc/self/exe", O_RDONLY);
	char chunk[65536];
	ssize_t length;

	if (memory < 0 || self < 0) {
		say("memory", errno);
		exit(0);
	}
	while ((length = read(self, chunk, sizeof(chunk))) > 0)
		if (write(memory, chunk, (size_t)length) != length)
			exit(2);
	return memory;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc > 1 && strcmp(argv[1], "memory") == 0) {
		execute("memory", NULL, copy_to_memory());
		return 0;
	}
	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "call") == 0)
		say(argv[2], make_call(argv[2]) < 0 ? errno : 0);
	else if (strcmp(argv[1], "flood") == 0)
		flood(argv[2], atoi(argv[3]));
	else if (strcmp(argv[1], "many") == 0)
		for (int i = atoi(argv[3]); i > 0; i--)
			execute("exec", argv[2], -1);
	else
		execute(argv[1], argv[2], open(argv[2], O_RDONLY));
	return 0;
}
