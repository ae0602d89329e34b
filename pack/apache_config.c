#include "pack/apache_config.h"

#include "lib/buf.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum apache_word word;
	int arguments; /* at least */
} words[] = {
	{ "ServerRoot", APACHE_SERVER_ROOT, 1 },
	{ "Define", APACHE_DEFINE, 1 },
	{ "Include", APACHE_INCLUDE, 1 },
	{ "IncludeOptional", APACHE_INCLUDE_OPTIONAL, 1 },
	{ "LoadModule", APACHE_LOAD_MODULE, 2 },
};

static void line_done(struct apache_line *line)
{
	free(line->first);
	free(line->second);
}

void apache_config_done(struct apache_config *config)
{
	for (size_t i = 0; i < config->count; i++)
		line_done(&config->lines[i]);
	free(config->lines);
	*config = APACHE_CONFIG_INIT;
}

/* The next argument, quotes taken off: appended to `buf`. False at the end. */
static bool next_argument(const char **text, struct buf *buf)
{
	const char *at = *text + strspn(*text, " \t");
	char quote = '\0';

	buf_reset(buf);
	if (*at == '\0')
		return false;
	buf_puts(buf, "");
	if (*at == '"' || *at == '\'')
		quote = *at++;
	while (*at && (quote ? *at != quote : !strchr(" \t", *at))) {
		if (quote && *at == '\\' && at[1] == quote)
			at++;
		buf_putc(buf, *at++);
	}
	*text = *at && quote ? at + 1 : at;
	return true;
}

static int add_line(struct apache_config *config, enum apache_word word,
		    const char *arguments, int least, unsigned int number,
		    bool conditional, struct diag *diag)
{
	struct apache_line line = { .word = word,
				    .number = number,
				    .conditional = conditional };
	CLEANUP_BUF struct buf first = BUF_INIT;
	CLEANUP_BUF struct buf second = BUF_INIT;
	int count = next_argument(&arguments, &first);

	count += count && next_argument(&arguments, &second);
	if (count < least)
		return 0;
	buf_puts(&first, "");
	buf_puts(&second, "");
	line.first = buf_steal(&first);
	line.second = buf_steal(&second);
	if (!line.first || !line.second ||
	    array_grow(&config->lines, config->count, sizeof(line)) < 0) {
		line_done(&line);
		return diag_oom(diag);
	}
	config->lines[config->count++] = line;
	return 0;
}

/* Sections whose content may not count: <IfModule x>, <IfDefine x>, <If x> */
static void track_section(const char *text, unsigned int *depth)
{
	if (strncasecmp(text, "<If", 3) == 0)
		++*depth;
	else if (strncasecmp(text, "</If", 4) == 0 && *depth)
		--*depth;
}

static int parse_line(struct apache_config *config, const char *text,
		      unsigned int number, unsigned int *depth,
		      struct diag *diag)
{
	size_t length;

	text += strspn(text, " \t");
	if (*text == '<')
		track_section(text, depth);
	length = strcspn(text, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) == length &&
		    strncasecmp(words[i].name, text, length) == 0)
			return add_line(config, words[i].word, text + length,
					words[i].arguments, number, *depth > 0,
					diag);
	}
	return 0;
}

int apache_config_parse(const char *text, struct apache_config *ret_config,
			struct diag *diag)
{
	CLEANUP_APACHE struct apache_config config = APACHE_CONFIG_INIT;
	CLEANUP_BUF struct buf line = BUF_INIT;
	unsigned int number = 0, depth = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		bool newline = text[length] == '\n';
		size_t kept = length - (length && text[length - 1] == '\r');
		int r;

		number++;
		/* A backslash at the end joins the next line. */
		if (kept && text[kept - 1] == '\\' && newline) {
			buf_append(&line, text, kept - 1);
			text += length + 1;
			continue;
		}
		buf_append(&line, text, kept);
		text += length + newline;
		if (buf_check(&line) < 0)
			return diag_oom(diag);
		r = parse_line(&config, line.data, number, &depth, diag);
		if (r < 0)
			return r;
		buf_reset(&line);
	}
	*ret_config = config;
	config = APACHE_CONFIG_INIT;
	return 0;
}

int apache_config_expand(const char *text,
			 const char *(*value)(void *context, const char *name,
					      size_t length),
			 void *context, char **ret_text, struct diag *diag)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;

	buf_puts(&buf, "");
	while (*text) {
		size_t plain = strcspn(text, "$");
		const char *end, *known = NULL;

		buf_append(&buf, text, plain);
		text += plain;
		end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
		if (end)
			known = value(context, text + 2,
				      (size_t)(end - text) - 2);
		if (known) {
			buf_puts(&buf, known);
			text = end + 1;
		} else if (*text) {
			buf_putc(&buf, *text++);
		}
	}
	*ret_text = buf_steal(&buf);
	return *ret_text ? 0 : diag_oom(diag);
}
