/* Process 1 of a room: furnishes it, then runs one command after another. */
#include "pack/build_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { PROCESSES_MAX = 4096 };

/* --- Reports --- */

/* The packer may be gone: then nobody is left to be told. */
static void report(const struct build_child *child,
		   const struct build_report *report, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec text = { (void *)(uintptr_t)report, sizeof(*report) };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *header;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS,
					    .cmsg_len = CMSG_LEN(sizeof(fd)) };
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	while (sendmsg(child->socket, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			_exit(1);
}

static void report_failure(const struct build_child *child,
			   const struct diag *diag)
{
	struct build_report failure = { .kind = BUILD_FAILED,
					.error = diag->error };

	(void)snprintf(failure.text, sizeof(failure.text), "%s",
		       diag->text ? diag->text : strerror(-diag->error));
	if (diag->hint)
		(void)snprintf(failure.hint, sizeof(failure.hint), "%s",
			       diag->hint);
	report(child, &failure, -1);
}

/* --- Becoming process 1 --- */

/* The packer's other files; among them its own end of the socket, which would
 * otherwise stay open when it has died. */
static void close_others(const struct build_child *child)
{
	const int kept[] = { child->tree, child->socket, child->output };
	unsigned int from = STDERR_FILENO + 1;

	for (;;) {
		unsigned int next = UINT_MAX;

		for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
			if (kept[i] >= (int)from &&
			    (unsigned int)kept[i] < next)
				next = (unsigned int)kept[i];
		if (next > from)
			(void)close_range(
				from, next == UINT_MAX ? next : next - 1, 0);
		if (next == UINT_MAX)
			return;
		from = next + 1;
	}
}

static int become_root(struct diag *diag)
{
	/* Not allowed to an ordinary user, who keeps their own groups. */
	(void)syscall(SYS_setgroups, 0, NULL);
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0)
		return diag_errno(diag, -errno,
				  "cannot become the room's "
				  "root");
	/* After that, for it is forgotten by a change of user. Who died before
	 * is noticed by the first read from the socket. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return diag_errno(diag, -errno, "cannot follow the packer");
	return 0;
}

static int begin(const struct build_child *child, struct diag *diag)
{
	static const char host[] = "localhost";
	int r = become_root(diag);

	(void)umask(022);
	if (r == 0)
		r = build_furnish(child, diag);
	if (r == 0 && (sethostname(host, strlen(host)) < 0 || setsid() < 0))
		r = diag_errno(diag, -errno, "cannot leave the session");
	return r;
}

/* --- A command --- */

static int drop_powers(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { 0 };
	const struct rlimit processes = { PROCESSES_MAX, PROCESSES_MAX };
	const struct rlimit core = { 0, 0 };

	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return -errno;
	if (syscall(SYS_capset, &header, none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &core) < 0)
		return -errno;
	/* Whoever may have fewer keeps that. */
	(void)setrlimit(RLIMIT_NPROC, &processes);
	return 0;
}

static void default_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_environment(uint32_t time)
{
	static const char *const variables[][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
			  "/sbin:/bin" },
		{ "HOME", "/home" },
		{ "LC_ALL", "C" },
		{ "TZ", "UTC" },
	};
	char date[32];

	(void)snprintf(date, sizeof(date), "%" PRIu32, time);
	(void)clearenv();
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (setenv(variables[i][0], variables[i][1], 1) < 0)
			return -errno;
	return setenv("SOURCE_DATE_EPOCH", date, 1) < 0 ? -errno : 0;
}

/* Runs the command in this process; returns only if that fails. */
static int execute(const struct build_child *child, size_t index)
{
	char *const *arguments = child->plan->commands[index];
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r;

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(child->output, STDOUT_FILENO) < 0 ||
	    dup2(child->output, STDERR_FILENO) < 0)
		return -errno;
	r = set_environment(child->plan->time);
	if (r == 0)
		r = drop_powers();
	if (r < 0)
		return r;
	default_signals();
	(void)execvp(arguments[0], arguments);
	return -errno;
}

/* 0 and the process; what kept it from running otherwise. */
static int start(const struct build_child *child, size_t index, pid_t *ret_pid)
{
	CLEANUP_CLOSE int read_end = -1, write_end = -1;
	int ends[2], r = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		r = execute(child, index);
		(void)!write(write_end, &r, sizeof(r));
		_exit(127);
	}
	close_fd(&write_end);
	do
		got = read(read_end, &r, sizeof(r));
	while (got < 0 && errno == EINTR);
	*ret_pid = pid;
	return got == (ssize_t)sizeof(r) ? r : 0;
}

/* Its status, when it and all that it has left behind are gone. */
static int finish(pid_t pid)
{
	int status = 0, found = 0;

	for (;;) {
		int one;
		pid_t ended = waitpid(-1, &one, 0);

		if (ended < 0 && errno == ECHILD)
			break;
		if (ended != pid)
			continue;
		found = 1;
		status = one;
		(void)kill(-1, SIGKILL);
	}
	if (!found)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_command(const struct build_child *child, size_t index)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct build_report ended = { .kind = BUILD_ENDED };
	CLEANUP_CLOSE int stage = -1;
	pid_t pid = -1;
	int r = build_stage_new(&stage, &diag);

	if (r == 0) {
		r = start(child, index, &pid);
		if (r < 0)
			(void)diag_errno(&diag, r, "cannot run %s",
					 child->plan->commands[index][0]);
		if (r == -ENOENT)
			diag_hint(&diag, "it must be installed on the machine "
					 "that packs, beneath /usr, or lie in "
					 "the recipe's directory");
	}
	if (r < 0) {
		report_failure(child, &diag);
		return;
	}
	ended.status = finish(pid);
	report(child, &ended, ended.status == 0 ? stage : -1);
	(void)umount2(BUILD_STAGE, MNT_DETACH);
}

/* The packer's next word: the number of a command. */
static size_t next_index(const struct build_child *child)
{
	size_t index;
	ssize_t got;

	do
		got = recv(child->socket, &index, sizeof(index), 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(index))
		_exit(0);
	return index;
}

_Noreturn void build_init(const struct build_child *child)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct build_report ready = { .kind = BUILD_READY };

	close_others(child);
	(void)next_index(child);
	if (begin(child, &diag) < 0) {
		report_failure(child, &diag);
		_exit(1);
	}
	report(child, &ready, -1);
	for (;;)
		run_command(child, next_index(child));
}
