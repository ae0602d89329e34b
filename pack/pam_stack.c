#include "pack/pam_stack.h"

#include "lib/buf.h"

#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r";

static void line_done(struct pam_line *line)
{
	free(line->name);
	strv_free(line->arguments);
}

void pam_stack_done(struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		line_done(&stack->lines[i]);
	free(stack->lines);
	*stack = PAM_STACK_INIT;
}

/* A word, or what stands in brackets. *ret_word is the caller's; NULL at the
 * end of the line. */
static int next_word(const char **text, char **ret_word, struct diag *diag)
{
	CLEANUP_BUF struct buf word = BUF_INIT;
	const char *at = *text + strspn(*text, blanks);
	bool brackets = *at == '[';

	*ret_word = NULL;
	if (*at == '\0' || *at == '#')
		return 0;
	buf_puts(&word, "");
	at += brackets;
	while (*at && !strchr(brackets ? "]" : " \t\r", *at)) {
		if (brackets && *at == '\\' && at[1] == ']')
			at++;
		buf_putc(&word, *at++);
	}
	*text = at + (brackets && *at);
	*ret_word = buf_steal(&word);
	return *ret_word ? 0 : diag_oom(diag);
}

static bool is_type(const char *word)
{
	static const char *const types[] = { "auth", "account", "password",
					     "session" };

	word += *word == '-';
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcasecmp(types[i], word) == 0)
			return true;
	}
	return false;
}

static int read_arguments(const char *text, struct pam_line *line,
			  struct diag *diag)
{
	for (;;) {
		CLEANUP_FREE char *word = NULL;
		int r = next_word(&text, &word, diag);

		if (r < 0 || !word)
			return r;
		if (strv_append(&line->arguments, word) < 0)
			return diag_oom(diag);
	}
}

/* TYPE CONTROL MODULE ARGUMENT..., or @include FILE. */
static int read_line(const char *text, struct pam_line *line, struct diag *diag)
{
	CLEANUP_FREE char *type = NULL;
	CLEANUP_FREE char *control = NULL;
	int r = next_word(&text, &type, diag);

	if (r < 0 || !type)
		return r;
	if (strcmp(type, "@include") == 0) {
		line->is_stack = true;
		return next_word(&text, &line->name, diag);
	}
	if (!is_type(type))
		return 0;
	line->optional = type[0] == '-';
	r = next_word(&text, &control, diag);
	if (r < 0 || !control)
		return r;
	line->is_stack = strcasecmp(control, "include") == 0 ||
			 strcasecmp(control, "substack") == 0;
	r = next_word(&text, &line->name, diag);
	if (r == 0)
		r = read_arguments(text, line, diag);
	return r;
}

static int take_line(struct pam_stack *stack, const char *text,
		     unsigned int number, struct diag *diag)
{
	struct pam_line line = { .number = number };
	int r = read_line(text, &line, diag);

	if (r == 0 && line.name && *line.name &&
	    array_grow(&stack->lines, stack->count, sizeof(line)) < 0)
		r = diag_oom(diag);
	if (r < 0 || !line.name || !*line.name)
		line_done(&line);
	else
		stack->lines[stack->count++] = line;
	return r;
}

int pam_stack_parse(const char *text, struct pam_stack *ret_stack,
		    struct diag *diag)
{
	CLEANUP_PAM struct pam_stack stack = PAM_STACK_INIT;
	CLEANUP_BUF struct buf line = BUF_INIT;
	unsigned int number = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		bool newline = text[length] == '\n';
		bool continued = length && newline && text[length - 1] == '\\';
		int r;

		number++;
		buf_append(&line, text, length - continued);
		text += length + newline;
		if (continued && *text) {
			buf_putc(&line, ' ');
			continue;
		}
		buf_puts(&line, "");
		if (buf_check(&line) < 0)
			return diag_oom(diag);
		r = take_line(&stack, line.data, number, diag);
		if (r < 0)
			return r;
		buf_reset(&line);
	}
	*ret_stack = stack;
	stack = PAM_STACK_INIT;
	return 0;
}
