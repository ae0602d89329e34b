#include "mount/journal.h"

#include "lib/fdio.h"
#include "lib/le.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { LENGTH_SIZE = 4 };

bool journal_is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool journal_is_standard_error(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;
	char end;

	return stream &&
	       sscanf(stream, "%ju:%ju%c", &device, &inode, &end) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

/* --- One entry ------------------------------------------------------------ */

static int send_message(const struct journal *journal, struct msghdr *message)
{
	ssize_t sent;

	message->msg_name = (void *)(uintptr_t)&journal->address;
	message->msg_namelen = sizeof(journal->address);
	do
		sent = sendmsg(journal->fd, message,
			       MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* In a file that nobody can change any more. */
static int send_file(const struct journal *journal, const char *data,
		     size_t length)
{
	const int seals =
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	CLEANUP_CLOSE int fd =
		memfd_create("jailmount-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, data, length);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		r = -errno;
	if (r < 0)
		return r;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return send_message(journal, &message);
}

static int send_entry(const struct journal *journal, char *data, size_t length)
{
	struct iovec part = { .iov_base = data, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int r = send_message(journal, &message);

	return r == -EMSGSIZE || r == -ENOBUFS
		       ? send_file(journal, data, length)
		       : r;
}

/* --- What was not taken --------------------------------------------------- */

/* Send until one is not taken. 0 when all were. */
static int send_backlog(struct journal *journal)
{
	struct buf *backlog = &journal->backlog;

	while (journal->taken < backlog->length) {
		char *at = backlog->data + journal->taken;
		size_t length = le32_get((const uint8_t *)at);
		int r = send_entry(journal, at + LENGTH_SIZE, length);

		if (r < 0)
			return r;
		journal->taken += LENGTH_SIZE + length;
		journal->pause = JOURNAL_RETRY_US;
	}
	buf_reset(backlog);
	journal->taken = 0;
	return 0;
}

static bool keep(struct journal *journal, const struct buf *entry)
{
	struct buf *backlog = &journal->backlog;
	uint8_t length[LENGTH_SIZE];

	if (journal->taken) {
		backlog->length -= journal->taken;
		memmove(backlog->data, backlog->data + journal->taken,
			backlog->length);
		journal->taken = 0;
	}
	if (backlog->length + LENGTH_SIZE + entry->length > JOURNAL_BACKLOG_MAX)
		return false;
	le32_put(length, (uint32_t)entry->length);
	buf_append(backlog, length, sizeof(length));
	buf_append(backlog, entry->data, entry->length);
	return true;
}

static void retry_later(struct journal *journal)
{
	if (journal->retry.armed)
		return;
	/* Without memory for a timer the next line tries again. */
	(void)!events_arm(journal->events, &journal->retry,
			  events_now() + journal->pause);
	journal->pause *= 2;
	if (journal->pause > JOURNAL_RETRY_MAX_US)
		journal->pause = JOURNAL_RETRY_MAX_US;
}

static void make_entry(struct journal *journal, const struct journal_line *line,
		       struct buf *entry)
{
	journal_entry_line(journal->jail, line, entry);
	buf_append(entry, journal->origin.data, journal->origin.length);
}

/* The backlog is empty, and lines are missing behind it. */
static void tell_dropped(struct journal *journal)
{
	CLEANUP_BUF struct buf entry = BUF_INIT;
	char text[128];
	int length = snprintf(text, sizeof(text),
			      "%" PRIu64 " lines are missing here: the journal "
			      "did not take them; the log file has them",
			      journal->dropped);
	struct journal_line line = { .priority = JOURNAL_WARNING,
				     .facility = -1,
				     .stream = "jailmount",
				     .own = true,
				     .message = text,
				     .length = (size_t)length };

	make_entry(journal, &line, &entry);
	if (!entry.failed && send_entry(journal, entry.data, entry.length) == 0)
		journal->dropped = 0;
}

static void try_again(void *context)
{
	struct journal *journal = context;

	if (send_backlog(journal) == 0 && journal->dropped)
		tell_dropped(journal);
	if (journal->backlog.length || journal->dropped)
		retry_later(journal);
}

void journal_write(struct journal *journal, const struct journal_line *line)
{
	CLEANUP_BUF struct buf entry = BUF_INIT;

	if (journal->fd < 0)
		return;
	make_entry(journal, line, &entry);
	if (!entry.failed && !journal->backlog.length && !journal->dropped &&
	    send_entry(journal, entry.data, entry.length) == 0) {
		journal->pause = JOURNAL_RETRY_US;
		return;
	}
	/* Behind those that wait; not before those that were lost. */
	if (entry.failed || journal->dropped || !keep(journal, &entry))
		journal->dropped++;
	retry_later(journal);
}

/* --- Beginning and end ---------------------------------------------------- */

int journal_open(struct journal *journal, const char *path,
		 const struct journal_origin *origin, struct events *events)
{
	*journal = JOURNAL_INIT;
	if (strlen(path) >= sizeof(journal->address.sun_path))
		return -ENAMETOOLONG;
	journal->address.sun_family = AF_UNIX;
	strcpy(journal->address.sun_path, path);
	journal->events = events;
	journal->retry = (struct event_timer){ .expired = try_again,
					       .context = journal };
	journal->pause = JOURNAL_RETRY_US;
	journal->jail = strdup(origin->jail);
	journal_entry_origin(origin, &journal->origin);
	if (!journal->jail || buf_check(&journal->origin) < 0) {
		journal_close(journal);
		return -ENOMEM;
	}
	journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal->fd < 0) {
		int error = -errno;

		journal_close(journal);
		return error;
	}
	return 0;
}

int journal_rename(struct journal *journal, const struct journal_origin *origin)
{
	struct buf fields = BUF_INIT;
	char *jail = strdup(origin->jail);

	journal_entry_origin(origin, &fields);
	if (!jail || buf_check(&fields) < 0) {
		free(jail);
		buf_done(&fields);
		return -ENOMEM;
	}
	free(journal->jail);
	buf_done(&journal->origin);
	journal->jail = jail;
	journal->origin = fields;
	return 0;
}

void journal_close(struct journal *journal)
{
	const struct timespec pause = { .tv_nsec = JOURNAL_RETRY_US * 1000L };
	int r = -EAGAIN;

	for (int64_t spent = 0;
	     journal->fd >= 0 && r == -EAGAIN && spent < JOURNAL_LAST_US;
	     spent += JOURNAL_RETRY_US) {
		if (spent)
			(void)nanosleep(&pause, NULL);
		r = send_backlog(journal);
	}
	if (r == 0 && journal->dropped)
		tell_dropped(journal);
	if (journal->events)
		events_disarm(journal->events, &journal->retry);
	close_fd(&journal->fd);
	free(journal->jail);
	buf_done(&journal->origin);
	buf_done(&journal->backlog);
	*journal = JOURNAL_INIT;
}
