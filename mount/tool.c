#include "mount/tool.h"

#include "lib/buf.h"
#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { OUTPUT_MAX = 64 << 10, NOT_FOUND = 127 };

static void execute(const char *const *arguments, int inherit, int output)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char language[] = "LC_ALL=C";
	char *environment[] = { path, language, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(NOT_FOUND);
	if (inherit >= 0)
		(void)fcntl(inherit, F_SETFD, 0);
	/* execvpe() looks in our PATH, which is the caller's. */
	if (putenv(path) == 0)
		(void)execvpe(arguments[0], (char *const *)(uintptr_t)arguments,
			      environment);
	_exit(NOT_FOUND);
}

static int judge(const char *program, int status, int good,
		 const struct buf *said, struct diag *diag)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= good)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND) {
		(void)diag_set(diag, -ENOENT, "there is no %s", program);
		diag_hint(diag, "install the package e2fsprogs");
		return -ENOENT;
	}
	(void)diag_set(diag, -EIO, "%s failed", program);
	if (said->length)
		diag_excerpt(diag, "%s", said->data);
	return -EIO;
}

int tool_run(const char *const *arguments, int inherit, int good,
	     struct diag *diag)
{
	CLEANUP_BUF struct buf said = BUF_INIT;
	CLEANUP_CLOSE int read_end = -1;
	int ends[2], status;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return diag_errno(diag, -errno, "cannot run %s", arguments[0]);
	read_end = ends[0];
	child = fork();
	if (child == 0)
		execute(arguments, inherit, ends[1]);
	(void)close(ends[1]);
	if (child < 0)
		return diag_errno(diag, -errno, "cannot run %s", arguments[0]);
	(void)!read_to_end(read_end, OUTPUT_MAX, &said);
	close_fd(&read_end);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return diag_errno(diag, -errno, "cannot wait for %s",
					  arguments[0]);
	return judge(arguments[0], status, good, &said, diag);
}
