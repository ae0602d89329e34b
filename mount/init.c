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
#include "mount/devices.h"
#include "mount/init_services.h"
#include "mount/program.h"
#include "mount/spare_memory.h"

enum {
	/* Where the descriptors are that an init keeps; the last two only
	   with several services. */
	CHANNEL_FD = 0,
	SIGNAL_FD = 1,
	OUTPUT_FD = 2,
	ERROR_FD = 3,
	KEPT_FDS = 4,
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
	/* Of one service: */
	pid_t service;
	int service_pidfd;
	struct init_services *services; /* of several; else NULL */
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
		.notes = &init->last.notes,
		.device_ends = DEVICE_ENDS_INIT,
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

/* Where to say that it is ready; before what the image has of that name. The
 * init's as long as it lives. */
static int make_environment(const struct config *config,
			    char ***ret_environment)
{
	int error = 0;

	if (config->ready == CONFIG_READY_NOTIFY)
		error = strv_append(ret_environment,
				    "NOTIFY_SOCKET=" DEVICES_NOTIFY);
	for (char *const *word = config->environment;
	     error == 0 && word && *word; word++)
		error = strv_append(ret_environment, *word);
	return error;
}

static int start_services(struct init *init, struct diag *diag)
{
	const struct host_state *host = init->parameters->host;
	const struct config *config = host->plan->config;
	const struct generation_io *io = init->parameters->io;
	char **environment = NULL;
	int error = make_environment(config, &environment);
	const struct program program = {
		.arguments = io->arguments ? io->arguments : config->arguments,
		.environment = environment,
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
		.pass = init->parameters->pass,
	};
	uint64_t keep = INIT_CAPABILITIES;

	if (error < 0)
		return diag_oom(diag);
	if (init->services) {
		/* To start them again it takes what they have. */
		keep |= config->capabilities;
		/* With --explain one at a time: the supervisor goes on
		   answering when it has the report. */
		error = init_services_begin(init->services, config, &program,
					    io->starting != NULL, diag);
	} else {
		error = program_start(&program, &init->service,
				      &init->service_pidfd, diag);
	}
	if (error < 0)
		return error;
	error = capabilities_keep(keep, INIT_CAPABILITIES);
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
	/* With --explain the starting of the program is put to the supervisor,
	   who has to have the listener by then. */
	if (error == 0 && init->parameters->io->starting)
		error = channel_hand_over_listener(init->parameters->channel,
						   &init->last.listener, diag);
	if (error == 0)
		error = start_services(init, diag);
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
		.device_ends = init->jail.device_ends,
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
static void close_others(const struct init *init)
{
	unsigned int first = init->services ? KEPT_FDS : OUTPUT_FD;

	for (int i = 0; close_range(first, ~0U, 0) < 0; i++) {
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

/* --- Several services ------------------------------------------------------
 */

/* What their processes get when they are started again. Everything that may
 * have been there is sent by now. */
static void keep_outputs(struct init *init)
{
	const struct generation_io *io = init->parameters->io;
	int *descriptors = init->services->program.descriptors;
	int output = fcntl(io->standard_output, F_DUPFD, KEPT_FDS);
	int error = fcntl(io->standard_error, F_DUPFD, KEPT_FDS);

	if (output < 0 || error < 0 || dup2(output, OUTPUT_FD) < 0 ||
	    dup2(error, ERROR_FD) < 0)
		_exit(STATUS_FAILED);
	descriptors[0] = -1;
	descriptors[1] = OUTPUT_FD;
	descriptors[2] = ERROR_FD;
}

/* A signal that comes from inside the jail means nothing here. */
static void skip_signals(void)
{
	struct signalfd_siginfo info;

	while (read(SIGNAL_FD, &info, sizeof(info)) == sizeof(info))
		;
}

static void follow_orders(struct init_services *services)
{
	struct service_order order;
	int r;

	while ((r = service_order_receive(CHANNEL_FD, &order)) == 0)
		init_services_order(services, &order);
	if (r != -EAGAIN)
		_exit(STATUS_FAILED);
}

static void watch_several(struct init_services *services)
	__attribute__((noreturn));

static void watch_several(struct init_services *services)
{
	struct pollfd polled[] = {
		{ .fd = CHANNEL_FD },
		{ .fd = SIGNAL_FD, .events = POLLIN },
	};
	int status;

	for (;;) {
		int wait = init_services_advance(services);
		bool told = init_services_tell(services, CHANNEL_FD);

		if (init_services_over(services, &status))
			_exit(status);
		polled[0].events = told ? POLLIN : POLLIN | POLLOUT;
		if (poll(polled, ARRAY_SIZE(polled), wait) < 0)
			continue;
		if (polled[0].revents & ~POLLOUT)
			follow_orders(services);
		if (polled[1].revents)
			skip_signals();
		init_services_reap(services);
	}
}

static int make_services(struct init *init, struct diag *diag)
{
	const struct init_parameters *parameters = init->parameters;

	if (parameters->host->plan->config->service_count <= 1 ||
	    parameters->io->arguments)
		return 0;
	init->services = calloc(1, sizeof(*init->services));
	return init->services ? 0 : diag_oom(diag);
}

void init_run(const struct init_parameters *parameters)
{
	struct diag diag = DIAG_INIT;
	struct init init = {
		.parameters = parameters,
		.last = LAST_STATE_INIT,
		.jail.device_ends = DEVICE_ENDS_INIT,
		.service_pidfd = -1,
	};
	int error = make_services(&init, &diag);

	if (error == 0)
		error = set_up(&init, &diag);
	if (report(&init, error, &diag) < 0 || error < 0)
		_exit(STATUS_FAILED);
	if (init.services) {
		/* Their descriptors do not stay. */
		if (!init_services_tell(init.services, CHANNEL_FD))
			_exit(STATUS_FAILED);
		keep_outputs(&init);
	}
	close_others(&init);
	spare_memory_give_back();
	if (init.services)
		watch_several(init.services);
	watch(init.service);
}
