#include "mount/generation_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "mount/apply.h"
#include "mount/channel.h"
#include "mount/init.h"
#include "mount/namespaces.h"

/*
 * The init, in its namespaces and in its group of control groups. It sends no
 * signal at its end (exit_signal is 0): whoever has children of other kinds
 * can wait for those without taking this one.
 */
static int clone_init(struct generation *generation,
		      struct init_parameters *parameters, int channels[2],
		      struct diag *diag)
{
	int pidfd = -1, group = parameters->entrance->birth;
	struct clone_args arguments = {
		.flags = NAMESPACES_NEW | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
	};
	long pid;

	if (generation->host->plan->config->network != CONFIG_NETWORK_SEALED)
		arguments.flags &= ~(uint64_t)CLONE_NEWNET;
	if (group >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)(unsigned int)group;
	}
	pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid < 0)
		return diag_errno(diag, -errno,
				  "cannot make the jail's namespaces");
	if (pid == 0) {
		(void)close(channels[0]);
		parameters->channel = channels[1];
		init_run(parameters);
	}
	generation->init_pid = (pid_t)pid;
	generation->init_pidfd = pidfd;
	return 0;
}

static int receive(struct generation *generation,
		   struct channel_report *ret_report,
		   struct channel_descriptors *ret_descriptors,
		   struct diag *diag)
{
	int error = channel_receive(generation->channel_fd, ret_report,
				    ret_descriptors);

	if (error < 0)
		return diag_errno(diag, error,
				  "the jail's first process ended");
	if (ret_report->error < 0) {
		diag_set(diag, ret_report->error, "%s", ret_report->text);
		if (ret_report->hint[0])
			diag_hint(diag, "%s", ret_report->hint);
	}
	return ret_report->error;
}

/* Until it is executed, or the report tells why it is not. */
static int answer_start(struct generation *generation,
			const struct generation_io *io, struct diag *diag)
{
	struct pollfd polled[] = {
		{ .fd = generation->notify_fd, .events = POLLIN },
		{ .fd = generation->channel_fd, .events = POLLIN },
	};
	int r = 1;

	while (r == 1) {
		if (poll(polled, ARRAY_SIZE(polled), -1) < 0)
			r = errno == EINTR ? 1 : -errno;
		else if (polled[1].revents)
			r = 0;
		else
			r = io->starting(io->context, generation);
	}
	return r < 0 ? diag_errno(diag, r,
				  "cannot answer the program's system calls")
		     : 0;
}

/* With --explain the listener comes first of all: the starting of the program
 * itself is put to us. */
static int explain_start(struct generation *generation,
			 const struct generation_io *io, struct diag *diag)
{
	struct channel_descriptors descriptors;
	struct channel_report report;
	char path[32];
	int error = receive(generation, &report, &descriptors, diag);

	if (error < 0)
		return error;
	generation->notify_fd = descriptors.listener;
	(void)snprintf(path, sizeof(path), "/proc/%d/root",
		       generation->init_pid);
	generation->jail_root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (generation->jail_root_fd < 0)
		return diag_errno(diag, -errno, "cannot open the jail's root");
	return answer_start(generation, io, diag);
}

/* The host's steps have none or one, the jail's come with the report. */
static int take_notes(struct generation *generation, const char *reported,
		      struct diag *diag)
{
	const char *note = generation->host->note;
	bool both = note && *reported;

	if (!note && !*reported)
		return 0;
	if (asprintf(&generation->notes, "%s%s%s", note ? note : "",
		     both ? "\n" : "", reported) >= 0)
		return 0;
	generation->notes = NULL;
	return diag_oom(diag);
}

static int take_report(struct generation *generation, struct diag *diag)
{
	struct channel_descriptors descriptors;
	struct channel_report report;
	int error = receive(generation, &report, &descriptors, diag);

	if (error < 0)
		return error;
	if (descriptors.listener >= 0)
		generation->notify_fd = descriptors.listener;
	generation->service_pidfd = descriptors.service_pidfd;
	generation->stdout_fifo_fd = descriptors.device_ends.stdout_fifo;
	generation->stderr_fifo_fd = descriptors.device_ends.stderr_fifo;
	generation->syslog_fd = descriptors.device_ends.syslog;
	generation->announce_fd = descriptors.device_ends.notify;
	return take_notes(generation, report.text, diag);
}

int generation_launch(struct generation *generation,
		      const struct seccomp_filter *filter, uint64_t pass,
		      const struct generation_io *io, struct diag *diag)
{
	struct cgroup_entrance entrance
		__attribute__((cleanup(cgroup_entrance_close))) =
			CGROUP_ENTRANCE_INIT;
	struct init_parameters parameters = {
		.host = generation->host,
		.filter = filter,
		.pass = pass,
		.entrance = &entrance,
		.io = io,
	};
	int channels[2];
	int error = cgroup_entrance_open(&generation->host->cgroup, true,
					 &entrance, diag);

	if (error < 0)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
		return diag_errno(diag, -errno, "cannot make a channel");
	generation->channel_fd = channels[0];
	error = clone_init(generation, &parameters, channels, diag);
	(void)close(channels[1]);
	if (error == 0 && io->starting)
		error = explain_start(generation, io, diag);
	if (error == 0)
		error = take_report(generation, diag);
	user_namespace_settle(&generation->host->user_namespace);
	return error;
}
