/* --logs: what a jail has said, from its file. */
#include "lib/fdio.h"
#include "lib/number.h"
#include "mount/actions.h"
#include "mount/log_line.h"
#include "mount/logs.h"
#include "mount/state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	CHUNK = 64 << 10,
	LOOK_AGAIN_NS = 200 * 1000000, /* for what was added */
};

/* The file that is being shown. */
struct view {
	const struct options *options;
	char path[256];
	int fd;
	uint64_t lines;	 /* the last of them only */
	struct buf rest; /* of an unfinished line */
};

static int open_log(struct view *view)
{
	close_fd(&view->fd);
	view->fd = open(view->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return view->fd < 0 ? -errno : 0;
}

static int show_line(const struct view *view, const char *line, size_t length)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (view->options->json)
		log_line_json(line, length, &text);
	else
		buf_append(&text, line, length);
	buf_putc(&text, '\n');
	if (buf_check(&text) < 0)
		return -ENOMEM;
	return write_all(STDOUT_FILENO, text.data, text.length);
}

/* The whole lines of what was read. */
static int show_lines(struct view *view)
{
	struct buf *rest = &view->rest;
	char *at = rest->data, *end;
	size_t left = rest->length;
	int r = 0;

	while (r == 0 && left && (end = memchr(at, '\n', left))) {
		r = show_line(view, at, (size_t)(end - at));
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	if (left)
		memmove(rest->data, at, left);
	rest->length = left;
	return r;
}

static int show_rest(struct view *view)
{
	CLEANUP_FREE char *chunk = malloc(CHUNK);
	ssize_t got = 1;
	int r = chunk ? 0 : -ENOMEM;

	while (r == 0 && (got = read(view->fd, chunk, CHUNK)) > 0) {
		buf_append(&view->rest, chunk, (size_t)got);
		r = buf_check(&view->rest);
		if (r == 0)
			r = show_lines(view);
	}
	return r == 0 && got < 0 ? -errno : r;
}

/* Go to where the last `count` lines begin. */
static int seek_lines(const struct view *view, uint64_t count)
{
	CLEANUP_FREE char *chunk = malloc(CHUNK);
	off_t end = lseek(view->fd, 0, SEEK_END), at = end;
	uint64_t seen = 0;

	if (!chunk)
		return -ENOMEM;
	while (at > 0) {
		size_t length = at < CHUNK ? (size_t)at : CHUNK;

		at -= (off_t)length;
		if (pread_all(view->fd, chunk, length, (uint64_t)at) < 0)
			return -EIO;
		for (size_t i = length; i-- > 0;) {
			off_t here = at + (off_t)i;

			/* The one that ends the file begins nothing. */
			if (chunk[i] != '\n' || here + 1 == end)
				continue;
			if (++seen < count)
				continue;
			return lseek(view->fd, here + 1, SEEK_SET) < 0 ? -errno
								       : 0;
		}
	}
	return lseek(view->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* A file that was full has been renamed, and another begins. */
static bool was_replaced(const struct view *view)
{
	struct stat shown, there;

	return fstat(view->fd, &shown) == 0 && stat(view->path, &there) == 0 &&
	       (shown.st_ino != there.st_ino || shown.st_dev != there.st_dev);
}

static int follow(struct view *view)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_NS };
	int r = 0;

	while (r == 0) {
		(void)nanosleep(&pause, NULL);
		r = show_rest(view);
		if (r == 0 && was_replaced(view)) {
			/* What came between the two looks. */
			r = show_rest(view);
			if (r == 0)
				r = open_log(view);
		}
	}
	return r;
}

static int show(struct view *view)
{
	const struct options *options = view->options;
	int r = 0;

	if (options->lines && view->lines)
		r = seek_lines(view, view->lines);
	else if (options->lines)
		r = lseek(view->fd, 0, SEEK_END) < 0 ? -errno : 0;
	if (r == 0)
		r = show_rest(view);
	if (r == 0 && options->follow)
		r = follow(view);
	return r;
}

int action_logs(const struct options *options, int *ret_status,
		struct diag *diag)
{
	struct view view = { .options = options, .fd = -1, .rest = BUF_INIT };
	int r = state_check_name(options->object, diag);

	if (r == 0 && options->lines &&
	    number_parse(options->lines, 10, UINT32_MAX, &view.lines) < 0)
		r = diag_set(diag, -EINVAL, "--lines: %s is no number",
			     options->lines);
	if (r < 0)
		return r;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(view.path, sizeof(view.path), "%s/%s.log",
		       LOGS_DIRECTORY, options->object);
	r = open_log(&view);
	if (r < 0) {
		diag_errno(diag, r, "cannot read the log %s", view.path);
		if (r == -ENOENT)
			diag_hint(diag, "a jail in the foreground logs to its "
					"own terminal");
		return r;
	}
	r = show(&view);
	close_fd(&view.fd);
	buf_done(&view.rest);
	/* Whoever read it has had enough. */
	if (r < 0 && r != -EPIPE)
		return diag_errno(diag, r, "cannot show the log %s", view.path);
	*ret_status = 0;
	return 0;
}
