#include "lib/progress.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/printable.h"
#include "lib/show.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum {
	PATIENCE = 1000, /* milliseconds before the first line */
	INTERVAL = 200,	 /* between two */
	DEFAULT_WIDTH = 80,
};

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000) + time.tv_nsec / 1000000;
}

/* --- The terminal --- */

static bool can_be_shown(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDERR_FILENO) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

/* What is in the background does not write over what is not. */
static bool is_in_foreground(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

/* How many bytes of a printable text fit into `columns`. A line that wraps
 * could not be written over, and other letters than ASCII may take two. */
static size_t fitting(const char *text, size_t columns)
{
	size_t length = strlen(text);
	size_t at = 0;

	while (at < length) {
		size_t bytes = printable_character(
			(const unsigned char *)text + at, length - at);
		size_t wide = bytes > 1 ? 2 : 1;

		if (wide > columns)
			break;
		columns -= wide;
		at += bytes ? bytes : 1;
	}
	return at;
}

static void put(const char *text, size_t length)
{
	/* A terminal that is gone is no reason to stop. */
	if (write_all(STDERR_FILENO, text, length) < 0)
		return;
}

static void erase(struct progress *progress)
{
	static const char gone[] = "\r\033[K";

	if (progress->shown)
		put(gone, sizeof(gone) - 1);
	progress->shown = false;
}

static void show(struct progress *progress)
{
	char line[3 * PROGRESS_TEXT_MAX], text[3 * PROGRESS_TEXT_MAX + 8];
	int length;

	if (!is_in_foreground())
		return;
	(void)snprintf(line, sizeof(line), "%s%s%s, %" PRId64 " s",
		       progress->on, *progress->doing ? ": " : "",
		       progress->doing, (now() - progress->begun) / 1000);
	length = snprintf(text, sizeof(text), "\r%.*s\033[K",
			  (int)fitting(line, terminal_width() - 1), line);
	if (length > 0)
		put(text, (size_t)length);
	progress->shown = true;
}

/* --- The thread --- */

static void wait_until(struct progress *progress, int64_t time)
{
	const struct timespec until = { .tv_sec = time / 1000,
					.tv_nsec = time % 1000 * 1000000 };

	while (!progress->ending && now() < time)
		(void)pthread_cond_clockwait(&progress->changed,
					     &progress->lock, CLOCK_MONOTONIC,
					     &until);
}

static void *show_again_and_again(void *context)
{
	struct progress *progress = context;

	(void)pthread_mutex_lock(&progress->lock);
	wait_until(progress, progress->begun + PATIENCE);
	while (!progress->ending) {
		show(progress);
		wait_until(progress, now() + INTERVAL);
	}
	(void)pthread_mutex_unlock(&progress->lock);
	return NULL;
}

/* Signals are for the thread that works: they could not be held there
 * otherwise (pack/interrupt.h). */
static int start_thread(struct progress *progress)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&progress->thread, NULL, show_again_and_again,
			   progress);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* The start of a text, as much as there is room for. */
static void keep(char kept[PROGRESS_TEXT_MAX], const struct buf *text)
{
	if (buf_check(text) == 0)
		(void)snprintf(kept, PROGRESS_TEXT_MAX, "%s",
			       text->data ? text->data : "");
}

void progress_begin(struct progress *progress, const char *on)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;

	*progress = (struct progress){ .begun = now() };
	if (!can_be_shown())
		return;
	printable_puts(&shown, on);
	keep(progress->on, &shown);
	(void)pthread_mutex_init(&progress->lock, NULL);
	(void)pthread_cond_init(&progress->changed, NULL);
	progress->running = start_thread(progress) == 0;
}

void progress_end(struct progress *progress)
{
	if (!progress->running)
		return;
	(void)pthread_mutex_lock(&progress->lock);
	progress->ending = true;
	erase(progress);
	(void)pthread_cond_signal(&progress->changed);
	(void)pthread_mutex_unlock(&progress->lock);
	(void)pthread_join(progress->thread, NULL);
	(void)pthread_cond_destroy(&progress->changed);
	(void)pthread_mutex_destroy(&progress->lock);
	progress->running = false;
}

/* --- What is told --- */

static void tell(struct progress *progress, const struct buf *text)
{
	(void)pthread_mutex_lock(&progress->lock);
	keep(progress->doing, text);
	(void)pthread_mutex_unlock(&progress->lock);
}

void progress_tell(struct progress *progress, const char *format, ...)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	CLEANUP_FREE char *text = NULL;
	va_list arguments;
	int length;

	if (!progress->running)
		return;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return;
	}
	printable_puts(&shown, text);
	tell(progress, &shown);
}

void progress_bytes(struct progress *progress, const char *phase, uint64_t done,
		    uint64_t all)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	int64_t time = now();

	if (!progress->running)
		return;
	if (progress->phase != phase) {
		progress->phase = phase;
		progress->phase_begun = time;
	}
	buf_printf(&text, "%s: %" PRIu64 " %% of ", phase,
		   all ? (uint64_t)((double)done / (double)all * 100) : 100);
	show_size(&text, all);
	if (time - progress->phase_begun >= PATIENCE) {
		buf_puts(&text, ", ");
		show_size(&text,
			  (uint64_t)((double)done * 1000 /
				     (double)(time - progress->phase_begun)));
		buf_puts(&text, "/s");
	}
	tell(progress, &text);
}

void progress_hold(struct progress *progress)
{
	if (!progress->running)
		return;
	(void)pthread_mutex_lock(&progress->lock);
	erase(progress);
}

void progress_release(struct progress *progress)
{
	if (progress->running)
		(void)pthread_mutex_unlock(&progress->lock);
}
