#include "mount/restore.h"

#include "mount/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

void restore_init(struct restore *restore)
{
	*restore = (struct restore){ .verification.fd = -1, .report.fd = -1 };
}

/* Whether the child has ended by itself or not. 0 if the bytes are intact. */
static int end_verification(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	siginfo_t info = { 0 };

	events_remove(&supervisor->events, &restore->verification);
	events_remove(&supervisor->events, &restore->report);
	close_fd(&restore->report.fd);
	if (restore->verification.fd < 0)
		return -ECHILD;
	(void)syscall(SYS_pidfd_send_signal, restore->verification.fd, SIGKILL,
		      NULL, 0);
	if (waitid(P_PIDFD, (id_t)restore->verification.fd, &info, WEXITED) < 0)
		info.si_code = CLD_KILLED;
	close_fd(&restore->verification.fd);
	return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : -EBADMSG;
}

static void end(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;

	(void)end_verification(supervisor);
	restore->active = false;
	restore->client = 0;
}

/* The incoming generation goes, and what it has of the sockets goes back. */
static void drop_incoming(struct supervisor *supervisor)
{
	struct life *life = supervisor->restore.incoming;

	supervisor->restore.incoming = NULL;
	if (!life)
		return;
	custody_settle(supervisor->custody, life->number, false);
	life_free(life);
}

static void fail(struct supervisor *supervisor, struct diag *diag)
{
	struct restore *restore = &supervisor->restore;

	diag_wrap(diag, diag->error, "cannot restore");
	if (supervisor->current && !supervisor->stopping)
		diag_hint(diag, "generation %u goes on serving",
			  supervisor->current->number);
	log_event(&supervisor->sink, 0, "%s",
		  diag->text ? diag->text : strerror(-diag->error));
	control_answer_failure(&supervisor->control, restore->client, diag);
	end(supervisor);
	/* The old one may have ended while it was waited for this one. */
	if (!supervisor->current)
		supervisor->ended = true;
}

/* --- The image's bytes ---------------------------------------------------- */

/*
 * What is in memory is no longer what was verified, seal or not. The file may
 * still be intact: take it again, if it is the same image.
 */
static int read_again(struct supervisor *supervisor, struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image fresh =
		VERIFIED_IMAGE_INIT;
	struct verified_image *image = supervisor->image;
	int r;

	r = verify_image(supervisor->options->image_path, VERIFY_SEAL_LIMIT,
			 &fresh, diag);
	if (r < 0)
		return r;
	if (memcmp(fresh.layout.root_hash, image->layout.root_hash,
		   sizeof(image->layout.root_hash)) != 0)
		return diag_set(diag, -EBADMSG,
				"%s is another image now than the one that "
				"runs",
				supervisor->options->image_path);
	close_fd(&image->fd);
	image->fd = steal_fd(&fresh.fd);
	image->sealed = fresh.sealed;
	return 0;
}

static void start_incoming(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r;

	r = life_start(&supervisor->setting, supervisor->image->fd,
		       supervisor->last_number + 1, &restore->incoming, &diag);
	if (r < 0) {
		restore->incoming = NULL;
		fail(supervisor, &diag);
		return;
	}
	supervisor->last_number++;
	ready_started(&restore->incoming->ready);
}

static void verified(struct supervisor *supervisor, bool intact)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (!intact) {
		log_event(&supervisor->sink, 0,
			  "TAMPERED: the image's bytes in memory are no longer "
			  "those that were verified: %.*s",
			  (int)restore->text_length, restore->text);
		if (read_again(supervisor, &diag) < 0) {
			fail(supervisor, &diag);
			return;
		}
	}
	restore->times.verify = events_now() - restore->begun_at;
	start_incoming(supervisor);
}

static void report_ready(void *context, short revents UNUSED)
{
	struct supervisor *supervisor = context;
	struct restore *restore = &supervisor->restore;
	ssize_t got =
		read(restore->report.fd, restore->text + restore->text_length,
		     sizeof(restore->text) - restore->text_length);

	if (got > 0)
		restore->text_length += (size_t)got;
	else if (got == 0 || errno != EINTR)
		events_remove(&supervisor->events, &restore->report);
}

static void verification_ready(void *context, short revents UNUSED)
{
	struct supervisor *supervisor = context;
	struct restore *restore = &supervisor->restore;

	while (restore->report.added)
		report_ready(supervisor, POLLIN);
	verified(supervisor, end_verification(supervisor) == 0);
}

static void verify_in_child(const struct verified_image *image, int report)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (verify_again(image, &diag) == 0)
		_exit(0);
	if (diag.text)
		(void)!write(report, diag.text, strlen(diag.text));
	_exit(1);
}

static int start_verification(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_CLOSE int write_end = -1;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	restore->report = (struct event_source){ .fd = ends[0],
						 .events = POLLIN,
						 .ready = report_ready,
						 .context = supervisor };
	write_end = ends[1];
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		verify_in_child(supervisor->image, write_end);
	restore->verification =
		(struct event_source){ .events = POLLIN,
				       .ready = verification_ready,
				       .context = supervisor };
	restore->verification.fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (restore->verification.fd < 0) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		return -errno;
	}
	if (events_add(&supervisor->events, &restore->report) < 0 ||
	    events_add(&supervisor->events, &restore->verification) < 0)
		return -ENOMEM;
	return 0;
}

static int count_old(const struct supervisor *supervisor)
{
	int count = 0;

	for (const struct life *life = supervisor->old; life; life = life->next)
		count++;
	return count;
}

int restore_begin(struct supervisor *supervisor, uint64_t client,
		  struct diag *diag)
{
	struct restore *restore = &supervisor->restore;
	int r;

	if (restore->active)
		return diag_set(diag, -EBUSY, "it is being restored already");
	if (supervisor->stopping)
		return diag_set(diag, -ESHUTDOWN, "it is being stopped");
	if (!supervisor->current || !supervisor->was_ready)
		return diag_set(diag, -EAGAIN, "it is not ready yet");
	if (count_old(supervisor) >= RESTORE_OLD_MAX)
		return diag_set(diag, -EBUSY,
				"%d generations are still finishing",
				RESTORE_OLD_MAX);
	restore->active = true;
	restore->client = client;
	restore->begun_at = events_now();
	restore->text_length = 0;
	r = start_verification(supervisor);
	if (r < 0) {
		end(supervisor);
		return diag_errno(diag, r, "cannot verify the image again");
	}
	return 0;
}

/* --- The incoming generation ---------------------------------------------- */

static json_t *milliseconds(int64_t microseconds)
{
	return json_real((double)microseconds / 1000);
}

void restore_ready(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	struct life *life = restore->incoming;
	struct restore_times *times = &restore->times;
	uint64_t client = restore->client;
	json_t *answer;

	times->start = life->started_at - life->begun_at;
	times->ready = life->ready_at - life->started_at;
	times->total = life->ready_at - restore->begun_at;
	restore->count++;
	restore->incoming = NULL;
	end(supervisor);
	supervisor_replace(supervisor, life);
	answer = json_pack(
		"{s:i,s:{s:o,s:o,s:o,s:o}}", "generation", (int)life->number,
		"milliseconds", "verify", milliseconds(times->verify), "start",
		milliseconds(times->start), "ready", milliseconds(times->ready),
		"total", milliseconds(times->total));
	control_answer(&supervisor->control, client, answer, NULL, 0);
}

/* Discard what did not become ready. */
static void discard(struct supervisor *supervisor, struct diag *diag)
{
	struct restore *restore = &supervisor->restore;
	const char *recent = logs_recent(restore->incoming->logs);

	if (*recent)
		diag_excerpt(diag, "%s", recent);
	drop_incoming(supervisor);
	fail(supervisor, diag);
}

void restore_late(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	diag_set(&diag, -ETIMEDOUT,
		 "generation %u was not ready within %g s and is discarded",
		 supervisor->restore.incoming->number,
		 supervisor->image->config.ready_milliseconds / 1000.0);
	discard(supervisor, &diag);
}

void restore_ended(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct life *life = supervisor->restore.incoming;

	diag_set(&diag, -ECHILD,
		 "generation %u ended with status %d before it was ready",
		 life->number, life->status);
	discard(supervisor, &diag);
}

void restore_cancel(struct supervisor *supervisor, const char *reason)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (!restore->active)
		return;
	drop_incoming(supervisor);
	diag_set(&diag, -ECANCELED, "%s", reason);
	fail(supervisor, &diag);
}
