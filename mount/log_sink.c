/* Where logs go: a file, or the foreground. */
#include "lib/fdio.h"
#include "mount/clock.h"
#include "mount/log_format.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

static int open_file(struct log_sink *sink)
{
	struct stat st;

	sink->fd = open(sink->path,
			O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
				O_NOFOLLOW,
			0640);
	if (sink->fd < 0)
		return -errno;
	sink->size = fstat(sink->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	return 0;
}

static int make_parent(const char *path)
{
	CLEANUP_FREE char *directory = strdup(path);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!directory)
		return -ENOMEM;
	if (!slash || slash == directory)
		return 0;
	*slash = '\0';
	return mkdir(directory, 0750) < 0 && errno != EEXIST ? -errno : 0;
}

int log_sink_open(struct log_sink *sink, const char *path, const char *origin,
		  struct diag *diag)
{
	int r;

	*sink = LOG_SINK_INIT;
	sink->size_max = LOGS_FILE_MAX;
	sink->path = strdup(path);
	sink->origin = strdup(origin);
	if (!sink->path || !sink->origin) {
		log_sink_close(sink);
		return diag_oom(diag);
	}
	r = make_parent(path);
	if (r == 0)
		r = open_file(sink);
	if (r < 0) {
		log_sink_close(sink);
		return diag_errno(diag, r, "cannot open the log %s", path);
	}
	return 0;
}

int log_sink_add_journal(struct log_sink *sink, const char *path,
			 const struct journal_origin *origin,
			 struct events *events)
{
	int r = journal_open(&sink->journal, path, origin, events);

	if (r == 0)
		sink->size_max = LOGS_FILE_BESIDE_JOURNAL_MAX;
	return r;
}

int log_sink_foreground(struct log_sink *sink, const char *origin,
			struct diag *diag)
{
	*sink = LOG_SINK_INIT;
	sink->origin = strdup(origin);
	return sink->origin ? 0 : diag_oom(diag);
}

int log_sink_share(struct log_sink *sink, struct log_sink *base,
		   const char *origin, const struct journal_origin *journal,
		   struct events *events)
{
	int r = 0;

	*sink = LOG_SINK_INIT;
	sink->base = base;
	sink->origin = strdup(origin);
	if (base->path)
		sink->path = strdup(base->path);
	if (!sink->origin || (base->path && !sink->path))
		r = -ENOMEM;
	if (r == 0 && base->journal.fd >= 0)
		r = journal_open(&sink->journal, base->journal.address.sun_path,
				 journal, events);
	if (r < 0)
		log_sink_close(sink);
	return r;
}

void log_sink_rename(struct log_sink *sink, const char *origin,
		     const struct journal_origin *journal)
{
	char *copy = strdup(origin);

	if (copy) {
		free(sink->origin);
		sink->origin = copy;
	}
	if (sink->journal.fd >= 0)
		(void)!journal_rename(&sink->journal, journal);
}

void log_sink_close(struct log_sink *sink)
{
	close_fd(&sink->fd);
	if (sink->out_fd > STDERR_FILENO)
		close_fd(&sink->out_fd);
	if (sink->error_fd > STDERR_FILENO)
		close_fd(&sink->error_fd);
	journal_close(&sink->journal);
	free(sink->path);
	free(sink->origin);
	*sink = LOG_SINK_INIT;
}

/* NAME.log becomes NAME.log.1, and that one is gone. */
static void rotate(struct log_sink *sink)
{
	CLEANUP_FREE char *old = NULL;

	if (asprintf(&old, "%s.1", sink->path) < 0) {
		old = NULL;
		return;
	}
	(void)rename(sink->path, old);
	close_fd(&sink->fd);
	(void)open_file(sink);
}

void log_sink_write(struct log_sink *sink, const struct buf *text)
{
	if (sink->base)
		sink = sink->base;
	if (!text->length || text->failed)
		return;
	/* Somebody else's logrotate may have moved it: that is for them to
	 * tell; our own limit holds in any case. */
	if (sink->size + text->length > sink->size_max)
		rotate(sink);
	/* A full disk loses lines, never the service. */
	if (sink->fd >= 0 && write_all(sink->fd, text->data, text->length) == 0)
		sink->size += text->length;
}

/* --- The supervisor's own lines ------------------------------------------- */

static void event_to_file(struct log_sink *sink, unsigned int generation,
			  const char *message)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	char time[TIME_TEXT_SIZE];

	time_format(time_now(), time);
	buf_printf(&text, "%s %s ", time, sink->origin);
	if (generation)
		buf_printf(&text, "#%u ", generation);
	buf_printf(&text, "jailmount: %s\n", message);
	log_sink_write(sink, &text);
}

/* There the jail has a field of its own, but is read without. */
static void event_to_journal(struct log_sink *sink, unsigned int generation,
			     int priority, const char *message)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct journal_line line = { .priority = priority,
				     .facility = -1,
				     .generation = generation,
				     .stream = "jailmount",
				     .own = true };

	buf_puts(&text, sink->journal.jail);
	if (generation)
		buf_printf(&text, " #%u", generation);
	buf_printf(&text, ": %s", message);
	if (text.failed)
		return;
	line.message = text.data;
	line.length = text.length;
	journal_write(&sink->journal, &line);
}

static void event_to_foreground(struct log_sink *sink, unsigned int generation,
				const char *message)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_puts(&text, "jailmount: ");
	if (generation)
		buf_printf(&text, "generation %u: ", generation);
	buf_printf(&text, "%s\n", message);
	if (!text.failed)
		(void)!write(log_sink_output(sink, true), text.data,
			     text.length);
}

static void log_list(struct log_sink *sink, unsigned int generation,
		     int priority, const char *format, va_list arguments)
{
	CLEANUP_FREE char *message = NULL;

	if (vasprintf(&message, format, arguments) < 0) {
		message = NULL;
		return;
	}
	if (!sink->path) {
		event_to_foreground(sink, generation, message);
		return;
	}
	event_to_file(sink, generation, message);
	if (sink->journal.fd >= 0)
		event_to_journal(sink, generation, priority, message);
}

void log_event(struct log_sink *sink, unsigned int generation,
	       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_list(sink, generation, JOURNAL_NOTICE, format, arguments);
	va_end(arguments);
}

void log_warning(struct log_sink *sink, unsigned int generation,
		 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_list(sink, generation, JOURNAL_WARNING, format, arguments);
	va_end(arguments);
}

/* --- The foreground ------------------------------------------------------- */

static int open_output(int standard)
{
	struct stat st;
	char path[32];
	int fd;

	/* A file must keep the offset that it shares, a socket cannot be
	 * opened again. Neither of them makes a writer wait for long. */
	if (fstat(standard, &st) < 0 ||
	    (!S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode)))
		return standard;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", standard);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? standard : fd;
}

int log_sink_output(struct log_sink *sink, bool error)
{
	int *fd;

	if (sink->base)
		sink = sink->base;
	fd = error ? &sink->error_fd : &sink->out_fd;
	if (*fd < 0)
		*fd = open_output(error ? STDERR_FILENO : STDOUT_FILENO);
	return *fd;
}

static bool poll_output(int fd, int timeout)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	return poll(&polled, 1, timeout) != 0;
}

bool log_sink_is_ready(int fd)
{
	return poll_output(fd, 0);
}

void log_sink_wait(int fd)
{
	(void)poll_output(fd, -1);
}
