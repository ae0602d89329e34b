#include "pack/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum {
	OUTPUT_LIMIT = 64 << 20,
	INHERITED_FD = 4,
	OUT_OF_THE_WAY = 16, /* of the descriptors that the child has */
};

enum stream { STREAM_OUTPUT, STREAM_ERRORS, STREAM_STATUS, STREAMS };

struct run {
	const struct subprocess *subprocess;
	int read_end[STREAMS], write_end[STREAMS];
	int inherit;
	struct buf status; /* the line that is not complete yet */
};

static void run_done(struct run *run)
{
	for (int i = 0; i < STREAMS; i++) {
		close_fd(&run->read_end[i]);
		close_fd(&run->write_end[i]);
	}
	close_fd(&run->inherit);
	buf_done(&run->status);
}

/* Replace *fd by the same at a number that the child does not use. */
static int move_away(int *fd)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);

	if (moved < 0)
		return -errno;
	close_fd(fd);
	*fd = moved;
	return 0;
}

static int open_streams(struct run *run)
{
	for (int i = 0; i < STREAMS; i++) {
		int ends[2], r;

		if (i == STREAM_STATUS && !run->subprocess->status_line)
			continue;
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		run->read_end[i] = ends[0];
		run->write_end[i] = ends[1];
		r = move_away(&run->write_end[i]);
		if (r < 0)
			return r;
	}
	if (run->subprocess->inherit >= 0) {
		run->inherit = fcntl(run->subprocess->inherit, F_DUPFD_CLOEXEC,
				     OUT_OF_THE_WAY);
		if (run->inherit < 0)
			return -errno;
	}
	return 0;
}

/* posix_spawn(3) functions return the error, positive. */
static int add_actions(const struct run *run,
		       posix_spawn_file_actions_t *actions)
{
	int r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
						 "/dev/null", O_RDONLY, 0);

	if (!r)
		r = posix_spawn_file_actions_adddup2(
			actions, run->write_end[STREAM_OUTPUT], STDOUT_FILENO);
	if (!r)
		r = posix_spawn_file_actions_adddup2(
			actions, run->write_end[STREAM_ERRORS], STDERR_FILENO);
	if (!r && run->write_end[STREAM_STATUS] >= 0)
		r = posix_spawn_file_actions_adddup2(
			actions, run->write_end[STREAM_STATUS],
			SUBPROCESS_STATUS_FD);
	if (!r && run->inherit >= 0)
		r = posix_spawn_file_actions_adddup2(actions, run->inherit,
						     INHERITED_FD);
	if (!r && run->subprocess->directory)
		r = posix_spawn_file_actions_addchdir_np(
			actions, run->subprocess->directory);
	return -r;
}

static int start(const struct run *run, pid_t *ret_pid)
{
	const struct subprocess *subprocess = run->subprocess;
	posix_spawn_file_actions_t actions;
	int r = -posix_spawn_file_actions_init(&actions);

	if (r < 0)
		return r;
	r = add_actions(run, &actions);
	/* The declaration of posix_spawn() is older than const. */
	if (r == 0)
		r = -posix_spawnp(
			ret_pid, subprocess->arguments[0], &actions, NULL,
			(char *const *)(uintptr_t)subprocess->arguments,
			subprocess->environment ? subprocess->environment
						: environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

static void take_status(struct run *run, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i] != '\n') {
			if (run->status.length < 4096)
				buf_putc(&run->status, data[i]);
			continue;
		}
		if (run->status.length)
			run->subprocess->status_line(run->subprocess->context,
						     run->status.data);
		buf_reset(&run->status);
	}
}

static void take(struct run *run, enum stream stream, const char *data,
		 size_t length)
{
	struct buf *buf = stream == STREAM_OUTPUT ? run->subprocess->output
						  : run->subprocess->errors;

	if (stream == STREAM_STATUS)
		take_status(run, data, length);
	else if (length <= OUTPUT_LIMIT - buf->length)
		buf_append(buf, data, length);
}

/* One read of a stream that has something; closes it at its end. */
static int read_stream(struct run *run, enum stream stream)
{
	char chunk[16384];
	ssize_t got = read(run->read_end[stream], chunk, sizeof(chunk));

	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	if (got == 0)
		close_fd(&run->read_end[stream]);
	else
		take(run, stream, chunk, (size_t)got);
	return 0;
}

static int read_streams(struct run *run)
{
	for (;;) {
		struct pollfd polls[STREAMS];
		bool open = false;

		for (int i = 0; i < STREAMS; i++) {
			polls[i] = (struct pollfd){ .fd = run->read_end[i],
						    .events = POLLIN };
			open |= run->read_end[i] >= 0;
		}
		if (!open)
			return 0;
		if (poll(polls, STREAMS, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		for (int i = 0; i < STREAMS; i++) {
			int r = 0;

			if (polls[i].revents)
				r = read_stream(run, (enum stream)i);
			if (r < 0)
				return r;
		}
	}
}

static int wait_for(pid_t pid, int *ret_status)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status)
					: 128 + WTERMSIG(status);
	return 0;
}

int subprocess_run(const struct subprocess *subprocess, int *ret_status,
		   struct diag *diag)
{
	CLEANUP(run_done)
	struct run run = {
		.subprocess = subprocess,
		.read_end = { -1, -1, -1 },
		.write_end = { -1, -1, -1 },
		.inherit = -1,
	};
	const char *program = subprocess->arguments[0];
	int status, r;
	pid_t pid;

	r = open_streams(&run);
	if (r == 0)
		r = start(&run, &pid);
	if (r < 0)
		return diag_errno(diag, r, "cannot run %s", program);
	for (int i = 0; i < STREAMS; i++)
		close_fd(&run.write_end[i]);
	r = read_streams(&run);
	/* If reading failed, the program ends by SIGPIPE. */
	for (int i = 0; i < STREAMS; i++)
		close_fd(&run.read_end[i]);
	if (r == 0)
		r = wait_for(pid, &status);
	else
		(void)wait_for(pid, &status);
	if (r < 0)
		return diag_errno(diag, r, "cannot listen to %s", program);
	*ret_status = status;
	return 0;
}
