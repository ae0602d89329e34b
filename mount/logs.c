#include "mount/logs.h"

#include "mount/log_format.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

enum {
	STREAMS_MAX = 8,
	READ_SIZE = 16384, /* at a turn */
	/* What a pipe that is ready takes without blocking: PIPE_BUF. */
	FOREGROUND_WRITE = 4096,
	/* A /dev/log that is flooded is let alone for a while now and then:
	 * reading what is thrown away is not to keep us busy. */
	FLOOD_READ = 64,
	FLOOD_PAUSE_US = 10000,
	/* Lines that follow each other sooner are taken together: to be woken
	 * costs more than a line, for who wakes as well. A pipe of this size
	 * takes what a service may say in that time. */
	GATHER_US = 20000,
	PIPE_SIZE = 256 << 10,
};

struct log_stream {
	struct logs *logs;
	enum log_kind kind;
	struct event_source input;
	struct event_timer gather;
	/* A file's sink: the line that is not finished yet. */
	struct log_line line;
	/* The foreground: what its output has not taken yet. While there is
	 * any, the input is not read, so that the service feels it. */
	struct event_source output;
	char pending[READ_SIZE];
	size_t pending_from, pending_to;
};

struct logs {
	struct events *events;
	struct log_sink *sink;
	unsigned int generation;
	struct log_stream *streams[STREAMS_MAX];
	size_t stream_count;
	struct log_recent recent;
	struct event_timer flood;
};

static const char *kind_name(enum log_kind kind)
{
	static const char *const names[] = { "stdout", "stderr", "log" };

	return names[kind];
}

/* --- The foreground ------------------------------------------------------- */

/* Write what the output takes now. False while something is left. */
static bool write_pending(struct log_stream *stream)
{
	int fd =
		log_sink_output(stream->logs->sink, stream->kind != LOG_STDOUT);

	while (stream->pending_from < stream->pending_to) {
		size_t left = stream->pending_to - stream->pending_from;
		ssize_t written = write(
			fd, stream->pending + stream->pending_from,
			left < FOREGROUND_WRITE ? left : FOREGROUND_WRITE);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return false;
		if (written < 0) /* nobody is there any more to read it */
			break;
		stream->pending_from += (size_t)written;
		if (!log_sink_is_ready(fd))
			return stream->pending_from == stream->pending_to;
	}
	stream->pending_from = stream->pending_to = 0;
	return true;
}

static void output_ready(void *context, short revents UNUSED)
{
	struct log_stream *stream = context;

	if (!write_pending(stream))
		return;
	events_remove(stream->logs->events, &stream->output);
	stream->pending_from = stream->pending_to = 0;
	stream->input.events = POLLIN;
}

static void relay(struct log_stream *stream, size_t length)
{
	if (stream->kind == LOG_SYSLOG && length < sizeof(stream->pending))
		stream->pending[length++] = '\n';
	stream->pending_from = 0;
	stream->pending_to = length;
	stream->output.fd =
		log_sink_output(stream->logs->sink, stream->kind != LOG_STDOUT);
	if (log_sink_is_ready(stream->output.fd) && write_pending(stream))
		return;
	if (events_add(stream->logs->events, &stream->output) == 0)
		stream->input.events = 0;
}

/* --- Reading -------------------------------------------------------------- */

static ssize_t read_some(struct log_stream *stream)
{
	ssize_t got;

	do {
		if (stream->kind == LOG_SYSLOG)
			got = recv(stream->input.fd, stream->pending,
				   LOGS_LINE_MAX, MSG_DONTWAIT);
		else
			got = read(stream->input.fd, stream->pending,
				   sizeof(stream->pending));
	} while (got < 0 && errno == EINTR);
	return got;
}

static struct log_format format_of(struct log_stream *stream)
{
	struct logs *logs = stream->logs;

	return (struct log_format){
		.origin = logs->sink->origin,
		.generation = logs->generation,
		.stream = kind_name(stream->kind),
		.syslog = stream->kind == LOG_SYSLOG,
		.recent = &logs->recent,
		.journal = logs->sink->journal.fd < 0 ? NULL
						      : &logs->sink->journal,
	};
}

static void store(struct log_stream *stream, size_t length)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct logs *logs = stream->logs;
	struct log_format format = format_of(stream);

	log_format_bytes(&format, &stream->line, stream->pending, length,
			 &text);
	if (stream->kind == LOG_SYSLOG)
		log_format_flush(&format, &stream->line, &text);
	log_sink_write(logs->sink, &text);
}

/* --- Floods --------------------------------------------------------------- */

static void tell_dropped(struct logs *logs, bool last)
{
	uint64_t dropped = log_rate_tell(&logs->sink->rate, events_now(), last);

	if (dropped)
		log_warning(logs->sink, logs->generation,
			    "%" PRIu64 " messages to /dev/log were dropped: "
			    "it takes %d a second",
			    dropped, LOG_RATE_SECOND);
}

static void flood_over(void *context)
{
	struct logs *logs = context;
	struct log_rate *rate = &logs->sink->rate;

	for (size_t i = 0; i < logs->stream_count; i++) {
		struct log_stream *stream = logs->streams[i];

		if (stream->kind == LOG_SYSLOG && !stream->output.added)
			stream->input.events = POLLIN;
	}
	tell_dropped(logs, false);
	/* Without memory for a timer it is told at the end. */
	if (rate->dropped)
		(void)!events_arm(logs->events, &logs->flood, rate->tell_at);
}

/* Whether a message to /dev/log is one too many. */
static bool drop(struct log_stream *stream)
{
	struct logs *logs = stream->logs;
	struct log_rate *rate = &logs->sink->rate;
	int64_t now = events_now();

	if (stream->kind != LOG_SYSLOG || log_rate_admit(rate, now))
		return false;
	if (rate->dropped % FLOOD_READ == 0 &&
	    events_arm(logs->events, &logs->flood, now + FLOOD_PAUSE_US) == 0)
		stream->input.events = 0;
	else if (!logs->flood.armed)
		(void)!events_arm(logs->events, &logs->flood, rate->tell_at);
	return true;
}

static void take(struct log_stream *stream, size_t length)
{
	if (drop(stream))
		return;
	if (stream->logs->sink->path)
		store(stream, length);
	else
		relay(stream, length);
}

static ssize_t read_and_take(struct log_stream *stream)
{
	ssize_t got = read_some(stream);

	if (got > 0)
		take(stream, (size_t)got);
	return got;
}

/* Where more is waiting it is read at the next turn; else not before a while
 * has passed. */
static void gather(struct log_stream *stream, ssize_t got)
{
	bool waits = got < READ_SIZE && stream->kind != LOG_SYSLOG &&
		     stream->logs->sink->path &&
		     events_arm(stream->logs->events, &stream->gather,
				events_now() + GATHER_US) == 0;

	if (waits)
		stream->input.events = 0;
}

/* What the others have said by now comes before what this one says. */
static void catch_up(const struct log_stream *stream)
{
	const struct logs *logs = stream->logs;

	for (size_t i = 0; logs->sink->path && i < logs->stream_count; i++) {
		struct log_stream *other = logs->streams[i];

		if (other != stream && other->kind != LOG_SYSLOG &&
		    !other->input.events)
			(void)!read_and_take(other);
	}
}

/* Only when nothing has come in the while is it watched again. */
static void gathered(void *context)
{
	struct log_stream *stream = context;
	ssize_t got;

	stream->input.events = POLLIN;
	catch_up(stream);
	got = read_and_take(stream);
	if (got > 0)
		gather(stream, got);
}

static void input_ready(void *context, short revents UNUSED)
{
	struct log_stream *stream = context;
	ssize_t got;

	catch_up(stream);
	got = read_and_take(stream);
	if (got > 0) {
		gather(stream, got);
	} else if (stream->kind == LOG_SYSLOG ? got < 0 && errno != EAGAIN
					      : got == 0 || errno != EAGAIN) {
		/* The last writer has closed it. */
		events_remove(stream->logs->events, &stream->input);
	}
}

static void finish_stream(struct log_stream *stream)
{
	struct logs *logs = stream->logs;
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct log_format format = format_of(stream);

	for (;;) {
		ssize_t got;

		while (!logs->sink->path && !write_pending(stream))
			log_sink_wait(stream->output.fd);
		got = read_some(stream);
		if (got <= 0)
			break;
		take(stream, (size_t)got);
	}
	if (!logs->sink->path)
		return;
	log_format_flush(&format, &stream->line, &text);
	log_sink_write(logs->sink, &text);
}

void logs_finish(struct logs *logs)
{
	for (size_t i = 0; i < logs->stream_count; i++)
		finish_stream(logs->streams[i]);
	tell_dropped(logs, true);
}

/* --- Making and ending ---------------------------------------------------- */

int logs_new(struct events *events, struct log_sink *sink,
	     unsigned int generation, struct logs **ret_logs)
{
	struct logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return -ENOMEM;
	logs->events = events;
	logs->sink = sink;
	logs->generation = generation;
	logs->flood =
		(struct event_timer){ .expired = flood_over, .context = logs };
	*ret_logs = logs;
	return 0;
}

void logs_free(struct logs *logs)
{
	if (!logs)
		return;
	for (size_t i = 0; i < logs->stream_count; i++) {
		struct log_stream *stream = logs->streams[i];

		events_remove(logs->events, &stream->input);
		events_remove(logs->events, &stream->output);
		events_disarm(logs->events, &stream->gather);
		close_fd(&stream->input.fd);
		free(stream);
	}
	events_disarm(logs->events, &logs->flood);
	log_recent_done(&logs->recent);
	free(logs);
}

int logs_add(struct logs *logs, int fd, enum log_kind kind)
{
	CLEANUP_CLOSE int owned = fd;
	struct log_stream *stream;
	int flags = fcntl(fd, F_GETFL);

	if (logs->stream_count == STREAMS_MAX)
		return -E2BIG;
	if (flags < 0 || (!(flags & O_NONBLOCK) &&
			  fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return -errno;
	/* If it has to be a smaller one, who fills it waits. */
	if (kind != LOG_SYSLOG)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	stream = malloc(sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	stream->logs = logs;
	stream->kind = kind;
	stream->line.length = 0;
	stream->line.continued = false;
	stream->pending_from = stream->pending_to = 0;
	stream->input = (struct event_source){ .fd = fd,
					       .events = POLLIN,
					       .ready = input_ready,
					       .context = stream };
	stream->gather =
		(struct event_timer){ .expired = gathered, .context = stream };
	stream->output = (struct event_source){ .fd = -1,
						.events = POLLOUT,
						.ready = output_ready,
						.context = stream };
	if (events_add(logs->events, &stream->input) < 0) {
		free(stream);
		return -ENOMEM;
	}
	(void)steal_fd(&owned);
	logs->streams[logs->stream_count++] = stream;
	return 0;
}

int logs_add_pipe(struct logs *logs, enum log_kind kind, int *ret_write_end)
{
	CLEANUP_CLOSE int write_end = -1;
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	write_end = ends[1];
	r = logs_add(logs, ends[0], kind);
	if (r < 0)
		return r;
	*ret_write_end = steal_fd(&write_end);
	return 0;
}

const char *logs_recent(struct logs *logs)
{
	return log_recent_text(&logs->recent);
}
