/*
 * Logs leave the jail as they are written: nothing that happens in it later
 * can take them back.
 *
 * A sink is where they go. In the foreground that is the supervisor's own
 * standard output and error, byte for byte, as fast as those take them. In
 * the background it is the host's journal, where there is one, and in any case
 * a file, line by line, each line with the time, the jail's name and version,
 * the image's root hash (its first digits), the generation and the stream:
 *
 *     2026-11-24T06:40:00.123456Z apache 2.4.62 3f2a9c1b #2 stderr: ...
 *
 * The lines of a service that goes on talking are taken together, every 20 ms,
 * or when another of its streams has some; until then they wait in a pipe that
 * nobody in the jail can read.
 *
 * Control characters are written as \xHH, a line that is too long is broken
 * ("stderr+" is a continuation), and a file that has grown to its limit is
 * renamed to NAME.log.1, so that a jail can neither forge lines nor fill the
 * disk. Beside a journal the file is the shorter, and what the journal does
 * not take it has.
 */
#ifndef JAILMOUNT_LOGS_H
#define JAILMOUNT_LOGS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "mount/events.h"
#include "mount/journal.h"
#include "mount/log_rate.h"

#include <stdbool.h>

#define LOGS_DIRECTORY "/var/log/jailmount"

enum {
	LOGS_LINE_MAX = 8192,
	LOGS_RECENT_LINES = 12,
	LOGS_FILE_MAX = 64 << 20,
	LOGS_FILE_BESIDE_JOURNAL_MAX = 8 << 20,
};

/* --- Where they go -------------------------------------------------------- */

struct log_sink {
	char *path;	      /* of the file; NULL in the foreground */
	int fd;		      /* likewise */
	uint64_t size;	      /* of the file */
	uint64_t size_max;    /* then it is renamed */
	char *origin;	      /* "apache 2.4.62 3f2a9c1b" */
	int out_fd, error_fd; /* the foreground's; -1 until something comes */
	struct journal journal;
	struct log_rate rate;  /* of messages to /dev/log */
	struct log_sink *base; /* whose file or foreground it shares; or NULL */
};

#define LOG_SINK_INIT                                                          \
	((struct log_sink){ .fd = -1,                                          \
			    .out_fd = -1,                                      \
			    .error_fd = -1,                                    \
			    .journal = JOURNAL_INIT })

/* A file, opened for appending; its directory is made if need be. `origin`
 * is copied. */
int log_sink_open(struct log_sink *sink, const char *path, const char *origin,
		  struct diag *diag) MUST_CHECK;
/* The journal too: what comes from now on goes there as well as to the file,
 * which must be open. 0 or -errno. */
int log_sink_add_journal(struct log_sink *sink, const char *path,
			 const struct journal_origin *origin,
			 struct events *events) MUST_CHECK;
/* The foreground. Nothing is opened yet. */
int log_sink_foreground(struct log_sink *sink, const char *origin,
			struct diag *diag) MUST_CHECK;
/* What goes the same way under another name. Neither is moved, or ends before
 * this one. `journal` is what its lines have there, if they go there. */
int log_sink_share(struct log_sink *sink, struct log_sink *base,
		   const char *origin, const struct journal_origin *journal,
		   struct events *events) MUST_CHECK;
/* From now on it has this name. Without memory it keeps the one it has. */
void log_sink_rename(struct log_sink *sink, const char *origin,
		     const struct journal_origin *journal);
void log_sink_close(struct log_sink *sink);

/* A line of the supervisor's own, "jailmount: ...". Generation 0: of none. */
void log_event(struct log_sink *sink, unsigned int generation,
	       const char *format, ...) PRINTF_LIKE(3, 4);
/* The same; the journal has it as a warning. */
void log_warning(struct log_sink *sink, unsigned int generation,
		 const char *format, ...) PRINTF_LIKE(3, 4);

/* What the operator has chosen. */
enum log_choice {
	LOG_TO_USUAL, /* see above */
	LOG_TO_JOURNAL,
	LOG_TO_FILE,
};

/* --- What a generation says ----------------------------------------------- */

enum log_kind { LOG_STDOUT, LOG_STDERR, LOG_SYSLOG };

struct logs;

int logs_new(struct events *events, struct log_sink *sink,
	     unsigned int generation, struct logs **ret_logs) MUST_CHECK;
/* Closes what logs_add() was given. Nothing is read any more. */
void logs_free(struct logs *logs);

/*
 * Watch a descriptor: the read end of a pipe or FIFO, or a datagram socket.
 * It belongs to `logs` from now on, on failure too. 0 or -errno.
 */
int logs_add(struct logs *logs, int fd, enum log_kind kind) MUST_CHECK;

/* A pipe whose read end is watched; the caller closes the write end once the
 * generation has it. 0 or -errno. */
int logs_add_pipe(struct logs *logs, enum log_kind kind,
		  int *ret_write_end) MUST_CHECK;

/* The generation is over: everything that is still on its way is read and
 * written, unfinished lines too. Waits for nobody but the foreground's own
 * output. */
void logs_finish(struct logs *logs);

/* The last lines, for a message; "" in the foreground, where they were seen.
 * Valid until the next call on `logs`. */
const char *logs_recent(struct logs *logs);

#endif
