#include "pack/trace_run.h"

#include "pack/trace_decode.h"

#include <dirent.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

/* Linux 6.6: whoever waits for an answer leaves its processor to the tracer. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum {
	PATIENCE = 5000, /* milliseconds for what the service left behind */
	SIGNALS_UNTIL_KILL = 3,
};

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

struct run {
	struct trace_facts *facts;
	struct trace_outcome outcome;
	struct trace_child child;
	bool ended; /* the service itself has */
	bool alone; /* and so has all that it started */
	int signals;
	unsigned int stops;
	int64_t deadline; /* 0: none */
	int error;
};

static int64_t milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- System calls --- */

static void go_on(const struct run *run, uint64_t id)
{
	struct seccomp_notif_resp response = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	(void)ioctl(run->child.listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Whatever becomes of the looking, the call goes on. */
static void see_call(struct run *run)
{
	struct seccomp_notif notification = { 0 };
	struct trace_event event;
	int r;

	if (ioctl(run->child.listener, SECCOMP_IOCTL_NOTIF_RECV,
		  &notification) < 0)
		return;
	run->outcome.calls++;
	r = trace_decode(&notification, &event);
	/* A number that was used again would be another process's. */
	if (ioctl(run->child.listener, SECCOMP_IOCTL_NOTIF_ID_VALID,
		  &notification.id) == 0) {
		if (r == 0 && run->error == 0)
			run->error = trace_facts_note(run->facts, &event);
		else if (r == -ENODATA && event.call &&
			 event.call->kind == TRACE_LISTEN)
			trace_facts_unread_listen(run->facts);
		else if (r < 0 && r != -ENODATA)
			run->outcome.unread++;
		go_on(run, notification.id);
	}
	trace_event_done(&event);
}

/* --- What the service started and left behind --- */

static bool is_child(const char *name)
{
	char path[64], text[512];
	const char *field;
	FILE *file;
	size_t length;

	if (name[0] < '1' || name[0] > '9' || strlen(name) > 10)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%s/stat", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[length] = '\0';
	/* "PID (COMMAND) STATE PARENT": a command may hold anything. */
	field = strrchr(text, ')');
	return field && strlen(field) > 4 &&
	       strtol(field + 4, NULL, 10) == getpid();
}

/* Orphans are ours: PR_SET_CHILD_SUBREAPER. Nothing else was started here. */
static void signal_children(int signal)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)) != NULL) {
		if (is_child(entry->d_name))
			(void)kill((pid_t)strtol(entry->d_name, NULL, 10),
				   signal);
	}
	if (directory)
		(void)closedir(directory);
}

static void end_children(struct run *run)
{
	if (run->deadline == 0) {
		signal_children(SIGTERM);
		run->deadline = milliseconds() + PATIENCE;
	} else if (milliseconds() >= run->deadline) {
		signal_children(SIGKILL);
		run->deadline = milliseconds() + PATIENCE;
	}
}

static void reap(struct run *run)
{
	int status;
	pid_t child;

	while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
		if (child != run->child.pid)
			continue;
		run->ended = true;
		run->outcome.status = status;
	}
	run->alone = child < 0 && errno == ECHILD;
	if (run->ended && !run->alone && !run->outcome.stopped)
		run->outcome.background = true;
}

/* --- Signals --- */

static void pass_on(struct run *run, int signal)
{
	run->outcome.stopped = true;
	if (++run->stops >= SIGNALS_UNTIL_KILL)
		signal_children(SIGKILL);
	else if (!run->ended)
		(void)kill(run->child.pid, signal);
}

static void see_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(run);
		else
			pass_on(run, (int)info.ssi_signo);
	}
}

/* One that came too late for the service must not end the tracer. */
static void drop_signals(const struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info))
		;
}

static int open_signals(struct run *run, sigset_t *before)
{
	sigset_t wanted;

	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		(void)sigaddset(&wanted, passed_on[i]);
	(void)sigprocmask(SIG_BLOCK, &wanted, before);
	run->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signals < 0 ? -errno : 0;
}

static void watch(struct run *run)
{
	while (!run->alone) {
		struct pollfd polled[] = {
			{ .fd = run->child.listener, .events = POLLIN },
			{ .fd = run->signals, .events = POLLIN },
		};
		bool leaving = run->ended && run->outcome.stopped;

		if (leaving)
			end_children(run);
		if (poll(polled, ARRAY_SIZE(polled), leaving ? 100 : -1) < 0 &&
		    errno != EINTR)
			break;
		if (polled[0].revents & POLLIN)
			see_call(run);
		else if (polled[0].revents)
			close_fd(&run->child.listener); /* nobody is left */
		if (polled[1].revents)
			see_signals(run);
	}
}

int trace_run(struct trace_command *command, struct trace_facts *facts,
	      struct trace_outcome *ret_outcome, struct diag *diag)
{
	struct run run = { .facts = facts,
			   .child = { .listener = -1, .words = -1 },
			   .signals = -1 };
	int r;

	facts->start = command->directory;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = open_signals(&run, &command->mask);
	if (r < 0)
		r = diag_errno(diag, r, "cannot wait for signals");
	if (r == 0)
		r = trace_spawn(command, &run.child, diag);
	if (r == 0) {
		(void)ioctl(run.child.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			    SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
		watch(&run);
		r = run.error < 0 ? diag_oom(diag)
				  : trace_spawned(command, &run.child, diag);
	}
	close_fd(&run.child.listener);
	close_fd(&run.child.words);
	drop_signals(&run);
	close_fd(&run.signals);
	(void)sigprocmask(SIG_SETMASK, &command->mask, NULL);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	*ret_outcome = run.outcome;
	return r;
}
