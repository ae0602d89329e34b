#include "pack/progress.h"

#include "lib/printable.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum {
	PATIENCE = 1000, /* milliseconds before the first line */
	INTERVAL = 100,	 /* between two */
	DEFAULT_WIDTH = 80,
};

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000) + time.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress)
{
	*progress = (struct progress){
		.terminal = isatty(STDERR_FILENO),
		.begun = now(),
	};
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

void progress_tell(struct progress *progress, const char *format, ...)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_FREE char *text = NULL;
	int64_t time;
	va_list arguments;
	int length;

	if (!progress->terminal)
		return;
	time = now();
	if (time - progress->begun < PATIENCE ||
	    time - progress->told < INTERVAL)
		return;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return;
	}
	printable_puts(&line, text);
	if (buf_check(&line) < 0)
		return;
	/* A line that wraps could not be overwritten. */
	(void)fprintf(stderr, "\r%.*s\033[K", (int)terminal_width() - 1,
		      line.data ? line.data : "");
	(void)fflush(stderr);
	progress->shown = true;
	progress->told = time;
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	progress->shown = false;
}
