#include "mount/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "mount/capabilities.h"
#include "mount/channel.h"
#include "mount/program.h"

enum {
	/* Where the two descriptors are that an init keeps. */
	CHANNEL_FD = 0,
	SIGNAL_FD = 1,
	KEPT_FDS = 2,
	CLOSE_ATTEMPTS = 3,
	STATUS_SIGNALLED = 128,
	STATUS_FAILED = 125,
};

static const int forwarded_signals[] = {
	SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH,
};

/* The service may run as another user than the init, which has no other
 * power: this much it keeps. */
#define INIT_CAPABILITIES ((uint64_t)1 << CAP_KILL)

struct init {
	const struct init_parameters *parameters;
	struct jail_state jail;
	struct last_state last;
	int signals; /* signalfd */
	pid_t service;
	int service_pidfd;
};

static int open_signals(struct init *init, struct diag *diag)
{
	sigset_t all, watched;

	(void)sigemptyset(&watched);
	(void)sigaddset(&watched, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded_signals); i++)
		(void)sigaddset(&watched, forwarded_signals[i]);
	(void)sigfillset(&all);
	init->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (init->signals < 0 || sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return diag_errno(diag, -errno, "cannot watch signals");
	return 0;
}

static int confine(struct init *init, struct diag *diag)
{
	const struct init_parameters *parameters = init->parameters;
	const struct host_state *host = parameters->host;
	CLEANUP_CLOSE int proc =
		open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (proc < 0)
		return diag_errno(diag, -errno, "cannot open /proc");
	init->jail = (struct jail_state){
		.host = host,
		.entrance = parameters->entrance,
		.place = "/",
		.log_ends = LOG_ENDS_INIT,
	};
	error = apply_jail(&init->jail, diag);
	if (error < 0)
		return error;
	init->last.plan = host->plan;
	init->last.filter = parameters->filter;
	init->last.user_namespace = host->user_namespace.fd;
	init->last.proc = proc;
	init->last.keep_capabilities = INIT_CAPABILITIES;
	init->last.want_listener = true;
	return apply_last(&init->last, diag);
}

/* With --explain the starting of the program is put to the supervisor, who has
 * to have the listener by then. */
static int hand_over_listener(struct init *init, struct diag *diag)
{
	const struct channel_descriptors descriptors = {
		.listener = init->last.listener,
		.service_pidfd = -1,
		.log_ends = LOG_ENDS_INIT,
	};
	const struct channel_report nothing = { 0 };
	int error =
		channel_send(init->parameters->channel, &nothing, &descriptors);

	if (error < 0)
		return diag_errno(diag, error, "cannot hand over the listener");
	close_fd(&init->last.listener);
	return 0;
}

static int start_service(struct init *init, struct diag *diag)
{
	const struct host_state *host = init->parameters->host;
	const struct config *config = host->plan->config;
	const struct generation_io *io = init->parameters->io;
	const struct program program = {
		.arguments = config->arguments,
		.environment = config->environment,
		.directory = config->workdir ? config->workdir : "/",
		.descriptors = { io->standard_input, io->standard_output,
				 io->standard_error },
		.limits = &config->limits,
		/* Where no control group counts them. */
		.process_limit = host->cgroup.processes_limited
					 ? 0
					 : CGROUP_DEFAULT_PROCESSES,
		.capabilities = config->capabilities,
		.session = true,
	};
	int error = program_start(&program, &init->service,
				  &init->service_pidfd, diag);

	if (error < 0)
		return error;
	error = capabilities_set(INIT_CAPABILITIES);
	if (error < 0)
		return diag_errno(diag, error, "cannot drop capabilities");
	return 0;
}

/* Where they do not go when everything else does. */
static int move_descriptors(struct init *init, struct diag *diag)
{
	/* Neither of them is where the other is to go. */
	int channel = fcntl(init->parameters->channel, F_DUPFD, KEPT_FDS);
	int signals = fcntl(init->signals, F_DUPFD, KEPT_FDS);

	if (channel < 0 || signals < 0 || dup2(channel, CHANNEL_FD) < 0 ||
	    dup2(signals, SIGNAL_FD) < 0)
		return diag_errno(diag, -errno, "cannot move descriptors");
	return 0;
}

static int set_up(struct init *init, struct diag *diag)
{
	int error = open_signals(init, diag);

	if (error == 0 && setsid() < 0)
		error = diag_errno(diag, -errno, "cannot make a session");
	if (error == 0)
		error = confine(init, diag);
	if (error == 0 && init->parameters->io->starting)
		error = hand_over_listener(init, diag);
	if (error == 0)
		error = start_service(init, diag);
	/* The change of credentials has cleared the parent-death signal. */
	if (error == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
			   prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		error = diag_errno(diag, -errno, "cannot protect the init");
	if (error == 0)
		error = move_descriptors(init, diag);
	return error;
}

static int report(const struct init *init, int error, const struct diag *diag)
{
	const struct channel_descriptors none = CHANNEL_DESCRIPTORS_NONE;
	const struct channel_descriptors made = {
		.listener = init->last.listener,
		.service_pidfd = init->service_pidfd,
		.log_ends = init->jail.log_ends,
	};
	const char *text = error < 0 ? diag->text : init->last.notes.data;
	struct channel_report message = { .error = error };

	if (text)
		(void)snprintf(message.text, sizeof(message.text), "%s", text);
	if (diag->hint)
		(void)snprintf(message.hint, sizeof(message.hint), "%s",
			       diag->hint);
	return channel_send(init->parameters->channel, &message,
			    error < 0 ? &none : &made);
}

/* The host's must not stay open in here, and there is nobody left to tell. */
static void close_others(void)
{
	for (int i = 0; close_range(KEPT_FDS, ~0U, 0) < 0; i++) {
		if (i == CLOSE_ATTEMPTS)
			_exit(STATUS_FAILED);
	}
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? STATUS_SIGNALLED + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

/* The end of the service is the end of the init. */
static void reap(pid_t service)
{
	int status;
	pid_t pid;

	do {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == service)
			_exit(exit_status(status));
	} while (pid > 0 || (pid < 0 && errno != ECHILD));
}

static void handle_signals(pid_t service)
{
	struct signalfd_siginfo info;

	while (read(SIGNAL_FD, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			(void)kill(service, (int)info.ssi_signo);
	}
	reap(service);
}

static void watch(pid_t service) __attribute__((noreturn));

static void watch(pid_t service)
{
	struct pollfd polled[] = {
		{ .fd = CHANNEL_FD, .events = POLLIN },
		{ .fd = SIGNAL_FD, .events = POLLIN },
	};

	for (;;) {
		if (poll(polled, ARRAY_SIZE(polled), -1) < 0)
			continue;
		/* Nothing is ever sent this way: it is the end. */
		if (polled[0].revents)
			_exit(STATUS_FAILED);
		if (polled[1].revents)
			handle_signals(service);
	}
}

void init_run(const struct init_parameters *parameters)
{
	struct diag diag = DIAG_INIT;
	struct init init = {
		.parameters = parameters,
		.last = LAST_STATE_INIT,
		.jail.log_ends = LOG_ENDS_INIT,
		.service_pidfd = -1,
	};
	int error = set_up(&init, &diag);

	if (report(&init, error, &diag) < 0 || error < 0)
		_exit(STATUS_FAILED);
	close_others();
	watch(init.service);
}
