#include "mount/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Reap it, dead or alive. True if it ended by itself, with success. */
static bool end(struct errand *errand)
{
	siginfo_t info = { 0 };

	events_remove(errand->events, &errand->exit);
	events_remove(errand->events, &errand->report);
	events_disarm(errand->events, &errand->deadline);
	close_fd(&errand->report.fd);
	errand->running = false;
	(void)syscall(SYS_pidfd_send_signal, errand->exit.fd, SIGKILL, NULL, 0);
	if (waitid(P_PIDFD, (id_t)errand->exit.fd, &info, WEXITED) < 0)
		info.si_code = CLD_KILLED;
	close_fd(&errand->exit.fd);
	return info.si_code == CLD_EXITED && info.si_status == 0;
}

/* Marks are NUL bytes before the text. */
static void report_ready(void *context, short revents UNUSED)
{
	struct errand *errand = context;
	char *text = errand->text + errand->text_length;
	ssize_t got = read(errand->report.fd, text,
			   sizeof(errand->text) - 1 - errand->text_length);
	bool marked;

	if (got <= 0) {
		if (got == 0 || errno != EINTR)
			events_remove(errand->events, &errand->report);
		return;
	}
	marked = !*text;
	if (marked)
		memmove(text, text + 1, (size_t)--got);
	errand->text_length += (size_t)got;
	if (marked && errand->marked)
		errand->marked(errand->context);
}

void errand_mark(const struct errand *errand)
{
	(void)!write(errand->mark_fd, "", 1);
}

static void exit_ready(void *context, short revents UNUSED)
{
	struct errand *errand = context;
	bool success;

	while (errand->report.added)
		report_ready(errand, POLLIN);
	success = end(errand);
	errand->text[errand->text_length] = '\0';
	errand->over(errand->context, success);
}

static void deadline_over(void *context)
{
	struct errand *errand = context;

	(void)end(errand);
	(void)strcpy(errand->text, "it took too long");
	errand->over(errand->context, false);
}

static void run(struct errand *errand, pid_t supervisor, int report)
{
	struct buf text = BUF_INIT;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(1);
	errand->mark_fd = report;
	r = errand->work(errand->context, &text);
	if (text.length)
		(void)!write(report, text.data, text.length);
	_exit(r < 0);
}

static int watch(struct errand *errand, int report)
{
	errand->report = (struct event_source){ .fd = report,
						.events = POLLIN,
						.ready = report_ready,
						.context = errand };
	errand->exit.events = POLLIN;
	errand->exit.ready = exit_ready;
	errand->exit.context = errand;
	errand->deadline = (struct event_timer){ .expired = deadline_over,
						 .context = errand };
	errand->text_length = 0;
	errand->running = true;
	if (events_add(errand->events, &errand->report) < 0 ||
	    events_add(errand->events, &errand->exit) < 0 ||
	    (errand->patience &&
	     events_arm(errand->events, &errand->deadline,
			events_now() + errand->patience) < 0))
		return -ENOMEM;
	return 0;
}

int errand_start(struct errand *errand)
{
	CLEANUP_CLOSE int read_end = -1;
	CLEANUP_CLOSE int write_end = -1;
	pid_t supervisor = getpid(), child;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		run(errand, supervisor, write_end);
	errand->exit.fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (errand->exit.fd < 0) {
		r = -errno;
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		return r;
	}
	r = watch(errand, steal_fd(&read_end));
	if (r < 0)
		(void)end(errand);
	return r;
}

void errand_cancel(struct errand *errand)
{
	if (errand->running)
		(void)end(errand);
}
