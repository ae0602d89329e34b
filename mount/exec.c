#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "mount/apply.h"
#include "mount/channel.h"
#include "mount/generation.h"
#include "mount/namespaces.h"
#include "mount/program.h"

enum { STATUS_FAILED = 125, STATUS_SIGNALLED = 128 };

struct confinement {
	int channel; /* to the supervisor */
	struct cgroup_entrance *entrance;
	struct last_state last;
};

/* In the new process, which is the first of ours in the jail's pid namespace
 * and still has all the powers of the host's root. */
static int confine(struct confinement *confinement, struct diag *diag)
{
	int error = cgroup_enter(confinement->entrance);

	if (error < 0)
		return diag_errno(diag, error,
				  "cannot enter the control groups");
	error = apply_last(&confinement->last, diag);
	/* It must not outlive the client, and credentials no longer change. */
	if (error == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		error = diag_errno(diag, -errno, "cannot follow the client");
	/* What is executed from now on is put to the supervisor. */
	if (error == 0)
		error = channel_hand_over_listener(confinement->channel,
						   &confinement->last.listener,
						   diag);
	return error;
}

/* Tell the client why there is no program. A text that is missing for want of
 * memory leaves the number. */
static void send_failure(int channel, int error, const struct diag *diag)
{
	const struct channel_descriptors none = CHANNEL_DESCRIPTORS_NONE;
	struct channel_report report = { .error = error };

	if (diag->text)
		(void)snprintf(report.text, sizeof(report.text), "%s",
			       diag->text);
	if (diag->hint)
		(void)snprintf(report.hint, sizeof(report.hint), "%s",
			       diag->hint);
	(void)!channel_send(channel, &report, &none);
}

/* The new process; the channel ends with its execve(2). */
static void run_program(struct confinement *confinement,
			const struct program *program, int channel)
	__attribute__((noreturn));

static void run_program(struct confinement *confinement,
			const struct program *program, int channel)
{
	struct diag diag = DIAG_INIT;
	int error = confine(confinement, &diag);

	if (error == 0)
		error = program_become(program, &diag);
	send_failure(channel, error, &diag);
	_exit(STATUS_FAILED);
}

static int wait_for(pid_t pid, int *ret_status, struct diag *diag)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return diag_errno(diag, -errno,
					  "cannot wait for the program");
	}
	*ret_status = WIFSIGNALED(status) ? STATUS_SIGNALLED + WTERMSIG(status)
					  : WEXITSTATUS(status);
	return 0;
}

static int join(struct confinement *confinement, const struct program *program,
		int channel, int *ret_status, struct diag *diag)
{
	int error = namespaces_join(confinement->last.join_pidfd, diag);
	pid_t pid;

	if (error < 0)
		return error;
	pid = fork();
	if (pid == 0)
		run_program(confinement, program, channel);
	if (pid < 0)
		return diag_errno(diag, -errno, "cannot make a process");
	(void)close(channel);
	return wait_for(pid, ret_status, diag);
}

/*
 * Whoever joins a pid namespace is not in it, but its children are, and it
 * must not be left with a foot in each: a process of its own does so, is the
 * program's parent, and passes its status on.
 */
static void run_joiner(struct confinement *confinement,
		       const struct program *program, int channel, pid_t client)
	__attribute__((noreturn));

static void run_joiner(struct confinement *confinement,
		       const struct program *program, int channel, pid_t client)
{
	struct diag diag = DIAG_INIT;
	int status = STATUS_FAILED, error = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		error = diag_errno(&diag, -errno, "cannot follow the client");
	if (getppid() != client)
		_exit(status); /* it has ended before that */
	if (error == 0)
		error = join(confinement, program, channel, &status, &diag);
	if (error < 0)
		send_failure(channel, error, &diag);
	_exit(status);
}

/* 0 when the program was executed, or has ended without a word. */
static int take_report(int channel, struct diag *diag)
{
	struct channel_descriptors none;
	struct channel_report report;
	int error = channel_receive(channel, &report, &none);

	if (error == -ECONNRESET)
		return 0;
	if (error < 0)
		return diag_errno(diag, error, "cannot hear of the program");
	diag_set(diag, report.error, "%s", report.text);
	if (report.hint[0])
		diag_hint(diag, "%s", report.hint);
	return report.error;
}

static int run(struct confinement *confinement, const struct program *program,
	       int *ret_status, struct diag *diag)
{
	pid_t client = getpid(), pid;
	int channels[2], error, waited;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
		return diag_errno(diag, -errno, "cannot make a channel");
	pid = fork();
	if (pid == 0)
		run_joiner(confinement, program, channels[1], client);
	error = pid < 0 ? diag_errno(diag, -errno, "cannot make a process") : 0;
	(void)close(channels[1]);
	if (error == 0) {
		error = take_report(channels[0], diag);
		waited = wait_for(pid, ret_status, error ? NULL : diag);
		error = error ? error : waited;
	}
	(void)close(channels[0]);
	return error;
}

/* The contract's, and the terminal's type for whoever sits in front of it. */
static int make_environment(const struct config *config, char ***ret_strings)
{
	const char *terminal = getenv("TERM");
	CLEANUP_FREE char *setting = NULL;
	int error = 0;

	for (size_t i = 0; config->environment && config->environment[i]; i++) {
		error = strv_append(ret_strings, config->environment[i]);
		if (error < 0)
			return error;
		if (strncmp(config->environment[i], "TERM=", 5) == 0)
			terminal = NULL;
	}
	if (!terminal)
		return 0;
	if (asprintf(&setting, "TERM=%s", terminal) < 0)
		return -ENOMEM;
	return strv_append(ret_strings, setting);
}

/* What is typed at the terminal is meant for the program, which is in the
 * same group of processes. */
static void ignore_interrupts(bool ignore, struct sigaction before[2])
{
	static const int interrupts[] = { SIGINT, SIGQUIT };
	const struct sigaction ignored = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_SIZE(interrupts); i++)
		(void)sigaction(interrupts[i], ignore ? &ignored : &before[i],
				ignore ? &before[i] : NULL);
}

int generation_exec(const struct plan *plan,
		    const struct generation_guest *guest, int *ret_status,
		    struct diag *diag)
{
	const struct config *config = plan->config;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		SECCOMP_FILTER_INIT;
	struct cgroup_entrance entrance
		__attribute__((cleanup(cgroup_entrance_close))) =
			CGROUP_ENTRANCE_INIT;
	struct confinement confinement = {
		.channel = guest->channel,
		.entrance = &entrance,
		.last = LAST_STATE_INIT,
	};
	struct program program = {
		.arguments = guest->arguments,
		.directory = config->workdir ? config->workdir : "/",
		.descriptors = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.limits = &config->limits,
		.capabilities = config->capabilities,
	};
	const struct cgroup_place place = {
		.root = CGROUP_ROOT,
		.jail = plan->options.jail,
		.delegated = plan->options.delegated,
	};
	struct sigaction before[2];
	struct cgroup cgroup = CGROUP_INIT;
	char **environment = NULL;
	int error = 0;

	if (getrandom(&program.pass, sizeof(program.pass), 0) !=
	    sizeof(program.pass))
		error = diag_errno(diag, -errno, "cannot get a random number");
	if (error == 0)
		error = seccomp_compile(config, SECCOMP_GUEST, program.pass,
					&filter, diag);
	if (error == 0)
		error = cgroup_find(&place, guest->number, &cgroup, diag);
	if (error == 0)
		error = cgroup_entrance_open(&cgroup, false, &entrance, diag);
	if (error == 0 && make_environment(config, &environment) < 0)
		error = diag_oom(diag);
	if (error == 0) {
		confinement.last.plan = plan;
		confinement.last.filter = &filter;
		confinement.last.join_pidfd = guest->init_pidfd;
		confinement.last.want_listener = true;
		program.environment = environment;
		if (!cgroup.processes_limited)
			program.process_limit = CGROUP_DEFAULT_PROCESSES;
		ignore_interrupts(true, before);
		error = run(&confinement, &program, ret_status, diag);
		ignore_interrupts(false, before);
	}
	buf_done(&confinement.last.notes);
	strv_free(environment);
	cgroup_done(&cgroup);
	return error;
}
