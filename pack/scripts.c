#include "pack/scripts.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>

void script_done(struct script *script)
{
	free(script->interpreter);
	free(script->program);
	*script = SCRIPT_INIT;
}

/* The next word of the text; NULL if there is none. */
static const char *next_word(const char **text, size_t *ret_length)
{
	const char *word = *text + strspn(*text, " \t");

	*ret_length = strcspn(word, " \t");
	*text = word + *ret_length;
	return *ret_length ? word : NULL;
}

/* Of `env [OPTION]... [NAME=VALUE]... PROGRAM`, the program. With -S env
 * splits its argument itself, so that all of this may stand in a line. */
static int env_program(const char *arguments, char **ret_program,
		       struct diag *diag)
{
	const char *word;
	size_t length;

	while ((word = next_word(&arguments, &length))) {
		if (strncmp(word, "-S", 2) == 0 && length > 2) {
			word += 2;
			length -= 2;
		}
		if (word[0] == '-' || memchr(word, '=', length))
			continue;
		*ret_program = strndup(word, length);
		return *ret_program ? 0 : diag_oom(diag);
	}
	return 0;
}

int script_parse(const char *bytes, size_t length, struct script *ret_script,
		 struct diag *diag)
{
	CLEANUP_SCRIPT struct script script = SCRIPT_INIT;
	CLEANUP_FREE char *line = NULL;
	const char *rest, *word;
	size_t word_length;
	int r = 0;

	if (length < 3 || memcmp(bytes, "#!", 2) != 0)
		return 0;
	if (length > SCRIPT_LINE_MAX)
		length = SCRIPT_LINE_MAX;
	line = strndup(bytes + 2, length - 2);
	if (!line)
		return diag_oom(diag);
	line[strcspn(line, "\r\n")] = '\0';
	rest = line;
	word = next_word(&rest, &word_length);
	if (!word)
		return 0;
	script.interpreter = strndup(word, word_length);
	if (!script.interpreter)
		return diag_oom(diag);
	if (strcmp(path_name(script.interpreter), "env") == 0)
		r = env_program(rest, &script.program, diag);
	if (r < 0)
		return r;
	*ret_script = script;
	script = SCRIPT_INIT;
	return 1;
}
