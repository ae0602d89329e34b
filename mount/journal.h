/*
 * The way to the host's journal: a datagram for each line, and a sealed memory
 * file for what is too large for one.
 *
 * Nobody is waited for. What the journal does not take at once lies in a
 * backlog and is tried again; what the backlog has no room for is counted, and
 * the journal is told how much it missed as soon as it takes something again.
 * The socket is not connected: a journal that starts anew is found by its
 * path.
 */
#ifndef JAILMOUNT_JOURNAL_H
#define JAILMOUNT_JOURNAL_H

#include "lib/base.h"
#include "lib/buf.h"
#include "mount/events.h"
#include "mount/journal_entry.h"

#include <stdbool.h>
#include <sys/un.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum {
	JOURNAL_BACKLOG_MAX = 1 << 20,
	JOURNAL_RETRY_US = 5000, /* doubled each time, up to the next */
	JOURNAL_RETRY_MAX_US = 1000000,
	JOURNAL_LAST_US = 250000, /* for the backlog, at the end */
};

struct journal {
	int fd; /* -1: lines do not go to the journal */
	struct sockaddr_un address;
	char *jail;
	struct buf origin; /* its fields, encoded */
	/* Entries, each behind its length in 4 bytes; taken up to `taken`. */
	struct buf backlog;
	size_t taken;
	uint64_t dropped;
	struct events *events;
	struct event_timer retry;
	int64_t pause; /* before it */
};

#define JOURNAL_INIT ((struct journal){ .fd = -1 })

/* Whether there is a journal to be written to. */
bool journal_is_there(const char *path);

/* Whether the standard error is a stream that leads to it: systemd(1) says so
 * in $JOURNAL_STREAM. */
bool journal_is_standard_error(void);

/*
 * The strings are copied. The path need not be there. Not to be moved
 * afterwards. 0 or -errno, with nothing held.
 */
int journal_open(struct journal *journal, const char *path,
		 const struct journal_origin *origin,
		 struct events *events) MUST_CHECK;

/* From now on lines have this origin. 0, or -ENOMEM with the one they had. */
int journal_rename(struct journal *journal,
		   const struct journal_origin *origin) MUST_CHECK;

/* Harmless where lines do not go there. */
void journal_write(struct journal *journal, const struct journal_line *line);

/* A last attempt for the backlog, within JOURNAL_LAST_US. */
void journal_close(struct journal *journal);

#endif
