#include "pack/nginx_config.h"

#include "lib/buf.h"

#include <string.h>

/* Where the reading is. */
struct cursor {
	const char *at;
	unsigned int line;
};

void nginx_config_done(struct nginx_config *config)
{
	for (size_t i = 0; i < config->count; i++)
		free(config->lines[i].path);
	free(config->lines);
	*config = NGINX_CONFIG_INIT;
}

static void step(struct cursor *cursor)
{
	if (*cursor->at == '\n')
		cursor->line++;
	cursor->at++;
}

static void skip_space(struct cursor *cursor)
{
	while (*cursor->at && strchr(" \t\r\n", *cursor->at))
		step(cursor);
	if (*cursor->at != '#')
		return;
	while (*cursor->at && *cursor->at != '\n')
		step(cursor);
	skip_space(cursor);
}

/* A word up to the quote that ends it, or else up to a space, ; or {. */
static void read_word(struct cursor *cursor, struct buf *word)
{
	const char *ends = " \t\r\n;{";
	char quote[2] = { *cursor->at, '\0' };
	bool quoted = quote[0] == '"' || quote[0] == '\'';

	if (quoted) {
		ends = quote;
		step(cursor);
	}
	buf_reset(word);
	buf_puts(word, "");
	while (*cursor->at && !strchr(ends, *cursor->at)) {
		if (*cursor->at == '\\' && cursor->at[1])
			step(cursor);
		buf_putc(word, *cursor->at);
		step(cursor);
	}
	if (quoted && *cursor->at)
		step(cursor);
}

static int take(struct nginx_config *config, bool load_module,
		const struct buf *path, unsigned int number, struct diag *diag)
{
	struct nginx_line line = { .load_module = load_module,
				   .number = number };

	if (buf_check(path) < 0 ||
	    array_grow(&config->lines, config->count, sizeof(line)) < 0)
		return diag_oom(diag);
	line.path = strdup(path->data);
	if (!line.path)
		return diag_oom(diag);
	config->lines[config->count++] = line;
	return 0;
}

/* One directive with its arguments, up to its ";" or "{". */
static int read_directive(struct cursor *cursor, struct nginx_config *config,
			  struct diag *diag)
{
	CLEANUP_BUF struct buf name = BUF_INIT;
	CLEANUP_BUF struct buf word = BUF_INIT;
	unsigned int line = cursor->line, words = 0;
	bool load_module, include;

	read_word(cursor, &name);
	if (buf_check(&name) < 0)
		return diag_oom(diag);
	load_module = strcmp(name.data, "load_module") == 0;
	include = strcmp(name.data, "include") == 0;
	for (skip_space(cursor); *cursor->at && !strchr(";{", *cursor->at);
	     skip_space(cursor)) {
		read_word(cursor, &word);
		words++;
	}
	if ((load_module || include) && words == 1 && *cursor->at == ';')
		return take(config, load_module, &word, line, diag);
	return 0;
}

int nginx_config_parse(const char *text, struct nginx_config *ret_config,
		       struct diag *diag)
{
	CLEANUP_NGINX struct nginx_config config = NGINX_CONFIG_INIT;
	struct cursor cursor = { text, 1 };

	for (skip_space(&cursor); *cursor.at; skip_space(&cursor)) {
		int r;

		if (strchr(";{}", *cursor.at)) {
			step(&cursor);
			continue;
		}
		r = read_directive(&cursor, &config, diag);
		if (r < 0)
			return r;
	}
	*ret_config = config;
	config = NGINX_CONFIG_INIT;
	return 0;
}
