#include "mount/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "mount/apply.h"
#include "mount/generation_launch.h"
#include "mount/service_channel.h"

enum {
	STATUS_FAILED = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNALLED = 128,
};

int generation_exit_status(int error)
{
	switch (error) {
	case GENERATION_NOT_EXECUTABLE:
		return STATUS_NOT_EXECUTABLE;
	case GENERATION_NOT_FOUND:
		return STATUS_NOT_FOUND;
	default:
		return STATUS_FAILED;
	}
}

static struct generation *generation_new(const struct plan *plan,
					 unsigned int number)
{
	size_t layers = plan->config->layer_count;
	struct generation *generation = malloc(sizeof(*generation));

	if (!generation)
		return NULL;
	*generation = (struct generation){
		.number = number,
		.init_pidfd = -1,
		.service_pidfd = -1,
		.notify_fd = -1,
		.stdout_fifo_fd = -1,
		.stderr_fifo_fd = -1,
		.syslog_fd = -1,
		.announce_fd = -1,
		.layer_fds = calloc(layers + 1, sizeof(int)),
		.lower_fds = calloc(layers + 1, sizeof(int)),
		.layer_count = layers,
		.image_root_fd = -1,
		.jail_root_fd = -1,
		.channel_fd = -1,
	};
	if (!generation->layer_fds || !generation->lower_fds) {
		free(generation->layer_fds);
		free(generation->lower_fds);
		free(generation);
		return NULL;
	}
	for (size_t i = 0; i < layers; i++)
		generation->lower_fds[i] = -1;
	return generation;
}

/* The host steps' descriptors that the supervisor looks at. */
static int show_files(struct generation *generation, struct diag *diag)
{
	struct host_state *host = generation->host;
	const struct config_layer *layers = host->plan->config->layers;

	for (size_t i = 0; i < generation->layer_count; i++) {
		generation->layer_fds[i] = host->layer_files[i];
		if (layers[i].kind != CONFIG_LAYER_OVERLAY)
			continue;
		generation->lower_fds[i] =
			openat(host->image_mount, layers[i].path + 1,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (generation->lower_fds[i] < 0)
			return diag_errno(diag, -errno,
					  "cannot open %s of the image",
					  layers[i].path);
	}
	generation->image_root_fd = openat(host->image_mount, ".",
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (generation->image_root_fd < 0)
		return diag_errno(diag, -errno, "cannot open the image");
	return 0;
}

/* For each generation another. With --explain every execve(2) is looked at,
 * those of the jail's own too. */
static int make_pass(const struct generation_io *io, uint64_t *ret_pass,
		     struct diag *diag)
{
	uint64_t pass = 0;

	if (!io->starting && getrandom(&pass, sizeof(pass), 0) != sizeof(pass))
		return diag_errno(diag, -errno, "cannot get a random number");
	*ret_pass = pass;
	return 0;
}

int generation_start(const struct plan *plan, struct superblock *superblock,
		     unsigned int number, const struct generation_io *io,
		     struct generation **ret_generation, struct diag *diag)
{
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		SECCOMP_FILTER_INIT;
	struct generation *generation;
	uint64_t pass = 0;
	int error = make_pass(io, &pass, diag);

	if (error == 0)
		error = seccomp_compile(plan->config,
					io->starting ? SECCOMP_EXPLAINED
						     : SECCOMP_SUPERVISED,
					pass, &filter, diag);
	if (error < 0)
		return error;
	generation = generation_new(plan, number);
	if (!generation)
		return diag_oom(diag);
	error = apply_host(plan, superblock, number, &generation->host, diag);
	if (error == 0)
		error = show_files(generation, diag);
	if (error == 0)
		error = generation_launch(generation, &filter, pass, io, diag);
	if (error < 0) {
		generation_free(generation);
		return error;
	}
	*ret_generation = generation;
	return 0;
}

int generation_signal(const struct generation *generation, int signal)
{
	const struct service_order order = { .kind = SERVICE_ORDER_SIGNAL,
					     .signal = signal };

	if (generation->service_pidfd < 0)
		return service_order_send(generation->channel_fd, &order);
	return pidfd_send_signal(generation->service_pidfd, signal, NULL, 0) < 0
		       ? -errno
		       : 0;
}

int generation_stop(const struct generation *generation)
{
	const struct service_order order = { .kind = SERVICE_ORDER_END };

	if (generation->service_pidfd < 0)
		return service_order_send(generation->channel_fd, &order);
	return generation_signal(generation,
				 generation->host->plan->config->stop_signal);
}

void generation_kill(struct generation *generation)
{
	if (generation->init_pidfd >= 0 && !generation->reaped)
		(void)pidfd_send_signal(generation->init_pidfd, SIGKILL, NULL,
					0);
	/* What is frozen by version 1 of the control groups does not die. */
	if (generation->host)
		cgroup_kill(&generation->host->cgroup);
}

int generation_reap(struct generation *generation, int *ret_status)
{
	siginfo_t info = { 0 };
	int done;

	if (!generation->reaped) {
		do {
			done = waitid(P_PIDFD, (id_t)generation->init_pidfd,
				      &info, WEXITED | __WALL);
			/* It is our child: the wait can end in no other way
			   than this. */
		} while (done < 0 && errno != ECHILD);
		if (done < 0)
			return -errno;
		generation->reaped = true;
		generation->status =
			info.si_code == CLD_EXITED
				? info.si_status
				: STATUS_SIGNALLED + info.si_status;
	}
	if (ret_status)
		*ret_status = generation->status;
	return 0;
}

int generation_freeze(struct generation *generation, bool frozen)
{
	return cgroup_freeze(&generation->host->cgroup, frozen);
}

const struct cgroup *generation_cgroup(const struct generation *generation)
{
	return &generation->host->cgroup;
}

void generation_free(struct generation *generation)
{
	if (!generation)
		return;
	if (generation->init_pidfd >= 0 && !generation->reaped) {
		generation_kill(generation);
		(void)generation_reap(generation, NULL);
	}
	/* The image and the layers, before the host steps are undone. */
	close_fd(&generation->jail_root_fd);
	close_fd(&generation->image_root_fd);
	for (size_t i = 0; i < generation->layer_count; i++)
		close_fd(&generation->lower_fds[i]);
	close_fd(&generation->init_pidfd);
	close_fd(&generation->service_pidfd);
	close_fd(&generation->notify_fd);
	close_fd(&generation->stdout_fifo_fd);
	close_fd(&generation->stderr_fifo_fd);
	close_fd(&generation->syslog_fd);
	close_fd(&generation->announce_fd);
	close_fd(&generation->channel_fd);
	undo_host(generation->host);
	free(generation->layer_fds);
	free(generation->lower_fds);
	free(generation->notes);
	free(generation);
}
