#include "mount/log_line.h"

#include "mount/json_values.h"

#include <string.h>

enum { WORDS_MAX = 6 };

struct word {
	const char *text;
	size_t length;
};

/* The words up to the stream, which ends in ':' or "+:". How many there are;
 * 0 if the line is of another form. */
static size_t split(const char *line, size_t length, struct word words[],
		    const char **ret_text)
{
	const char *at = line, *end = line + length;

	for (size_t count = 0; count < WORDS_MAX && at < end; count++) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		const char *stop = space ? space : end;

		words[count] = (struct word){ at, (size_t)(stop - at) };
		at = space ? space + 1 : end;
		if (stop > words[count].text && stop[-1] == ':') {
			*ret_text = at;
			return count + 1;
		}
	}
	return 0;
}

static void set(json_t *json, const char *key, struct word word)
{
	json_object_set_new(json, key,
			    json_printable_bytes(word.text, word.length));
}

void log_line_json(const char *line, size_t length, struct buf *text)
{
	struct word words[WORDS_MAX];
	const char *said = line;
	size_t count = split(line, length, words, &said);
	json_t *json = json_object();
	char *dump;

	/* time jail [version] hash [#generation] stream: */
	if (count >= 4) {
		size_t hash = count - 2;

		set(json, "time", words[0]);
		set(json, "jail", words[1]);
		if (words[hash].text[0] == '#') {
			json_object_set_new(
				json, "generation",
				json_integer(strtol(words[hash].text + 1, NULL,
						    10)));
			hash--;
		}
		set(json, "root_hash", words[hash]);
		if (hash == 3)
			set(json, "version", words[2]);
		words[count - 1].length--;
		set(json, "stream", words[count - 1]);
	} else {
		said = line;
	}
	/* It was made printable when it was written. */
	json_object_set_new(json, "text",
			    json_stringn(said, length - (size_t)(said - line)));
	dump = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!dump)
		text->failed = true;
	else
		buf_puts(text, dump);
	free(dump);
}
