#include "pack/passphrase.h"

#include "lib/fdio.h"
#include "lib/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

void passphrase_done(struct buf *text)
{
	if (text->data)
		explicit_bzero(text->data, text->capacity);
	buf_done(text);
}

/* Up to the end of its first line. */
static void cut(struct buf *text)
{
	char *end =
		text->length ? memchr(text->data, '\n', text->length) : NULL;

	if (!end)
		return;
	text->length = (size_t)(end - text->data);
	*end = '\0';
}

static int from_file(const char *file, struct buf *text, struct diag *diag)
{
	CLEANUP(passphrase_done) struct buf content = BUF_INIT;
	int r = read_file(file, PASSPHRASE_MAX, &content, diag);

	if (r < 0)
		return r;
	cut(&content);
	if (!content.length)
		return diag_set(diag, -EINVAL,
				"the first line of %s is empty, and a "
				"passphrase is not",
				file);
	*text = content;
	content = BUF_INIT;
	return 0;
}

/* One line, as the terminal gives it. */
static int read_line(int terminal, struct buf *text, struct diag *diag)
{
	char line[PASSPHRASE_MAX + 1];
	ssize_t length;

	do
		length = read(terminal, line, sizeof(line));
	while (length < 0 && errno == EINTR);
	if (length > 0)
		buf_append(text, line, (size_t)length);
	explicit_bzero(line, sizeof(line));
	if (length < 0)
		return diag_errno(diag, -errno, "cannot read a passphrase");
	if (length > PASSPHRASE_MAX)
		return diag_set(diag, -E2BIG,
				"a passphrase has at most %d bytes",
				PASSPHRASE_MAX);
	cut(text);
	return buf_check(text) < 0 ? diag_oom(diag) : 0;
}

/* A signal that ends the process while nothing is shown of what is typed would
 * leave the terminal like that: they wait. */
static int read_unseen(int terminal, const struct buf *prompt, struct buf *text,
		       struct diag *diag)
{
	struct termios before, unseen;
	sigset_t signals, others;
	int r;

	if (tcgetattr(terminal, &before) < 0)
		return diag_errno(diag, -errno, "cannot use the terminal");
	unseen = before;
	unseen.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	(void)sigfillset(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, &others);
	(void)tcsetattr(terminal, TCSAFLUSH, &unseen);
	/* Only now: what was typed before is thrown away. */
	(void)!write(terminal, prompt->data, prompt->length);
	r = read_line(terminal, text, diag);
	(void)tcsetattr(terminal, TCSAFLUSH, &before);
	(void)!write(terminal, "\n", 1);
	(void)sigprocmask(SIG_SETMASK, &others, NULL);
	return r;
}

static int from_terminal(const char *what, struct buf *text, struct diag *diag)
{
	CLEANUP_CLOSE int terminal =
		open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	CLEANUP_BUF struct buf prompt = BUF_INIT;

	if (terminal < 0) {
		(void)diag_set(
			diag, -ENOTTY,
			"%s needs a passphrase, and there is no terminal "
			"to ask for it",
			what);
		diag_hint(diag, "--passphrase-file FILE takes it from there");
		return -ENOTTY;
	}
	buf_puts(&prompt, "Passphrase of ");
	printable_puts(&prompt, what);
	buf_puts(&prompt, ": ");
	return buf_check(&prompt) < 0
		       ? diag_oom(diag)
		       : read_unseen(terminal, &prompt, text, diag);
}

int passphrase_get(const char *file, const char *what, struct buf *ret_text,
		   struct diag *diag)
{
	return file ? from_file(file, ret_text, diag)
		    : from_terminal(what, ret_text, diag);
}
