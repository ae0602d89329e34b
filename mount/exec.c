#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "mount/apply.h"
#include "mount/generation.h"
#include "mount/namespaces.h"
#include "mount/program.h"

enum { STATUS_SIGNALLED = 128 };

struct confinement {
	struct cgroup_entrance *entrance;
	struct last_state last;
};

/* In the new process, which is the first of ours in the jail's pid namespace
 * and still has all the powers of the host's root. */
static int confine(void *context, struct diag *diag)
{
	struct confinement *confinement = context;
	int error = cgroup_enter(confinement->entrance);

	if (error < 0)
		return diag_errno(diag, error,
				  "cannot enter the control groups");
	error = apply_last(&confinement->last, diag);
	/* It must not outlive the client, and credentials no longer change. */
	if (error == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		error = diag_errno(diag, -errno, "cannot follow the client");
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

static int join_and_run(const struct program *program, int init_pidfd,
			int *ret_status, struct diag *diag)
{
	int error = namespaces_join(init_pidfd, diag), pidfd;
	struct sigaction before[2];
	pid_t pid;

	if (error < 0)
		return error;
	ignore_interrupts(true, before);
	error = program_start(program, &pid, &pidfd, diag);
	if (error == 0) {
		(void)close(pidfd);
		error = wait_for(pid, ret_status, diag);
	}
	ignore_interrupts(false, before);
	return error;
}

int generation_exec(const struct plan *plan, int init_pidfd,
		    unsigned int number, char *const *arguments,
		    int *ret_status, struct diag *diag)
{
	const struct config *config = plan->config;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		SECCOMP_FILTER_INIT;
	struct cgroup_entrance entrance
		__attribute__((cleanup(cgroup_entrance_close))) =
			CGROUP_ENTRANCE_INIT;
	struct confinement confinement = {
		.entrance = &entrance,
		.last = LAST_STATE_INIT,
	};
	struct program program = {
		.arguments = arguments,
		.directory = config->workdir ? config->workdir : "/",
		.descriptors = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.limits = &config->limits,
		.capabilities = config->capabilities,
		.confine = confine,
		.context = &confinement,
	};
	struct cgroup cgroup = CGROUP_INIT;
	char **environment = NULL;
	int error =
		seccomp_compile(config, SECCOMP_UNSUPERVISED, &filter, diag);

	if (error == 0)
		error = cgroup_find(CGROUP_ROOT, plan->options.jail, number,
				    &cgroup, diag);
	if (error == 0)
		error = cgroup_entrance_open(&cgroup, false, &entrance, diag);
	if (error == 0 && make_environment(config, &environment) < 0)
		error = diag_oom(diag);
	if (error == 0) {
		confinement.last.plan = plan;
		confinement.last.filter = &filter;
		confinement.last.join_pidfd = init_pidfd;
		program.environment = environment;
		if (!cgroup.processes_limited)
			program.process_limit = CGROUP_DEFAULT_PROCESSES;
		error = join_and_run(&program, init_pidfd, ret_status, diag);
	}
	buf_done(&confinement.last.notes);
	strv_free(environment);
	cgroup_done(&cgroup);
	return error;
}
