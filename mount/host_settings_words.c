/* Settings: what is to run and when, where it is reached, how much it may. */
#include "mount/host_settings_reader.h"

#include "lib/reference.h"
#include "lib/values.h"
#include "mount/listen_table.h"
#include "mount/state.h"

#include <errno.h>
#include <string.h>

/* --- What there is to run ------------------------------------------------- */

int handle_image(struct reading *reading, const struct lex_statement *statement,
		 struct diag *diag)
{
	const struct lex_word *word = &statement->words[1];
	struct reference reference;
	int r;

	if (!reference_is_meant(word->text))
		return value_path(word, &reading->settings->image, diag);
	r = reference_parse(word->text, &reference, diag);
	if (r < 0)
		return location_wrap(diag, r, &word->at);
	reading->settings->image = strdup(word->text);
	return reading->settings->image ? 0 : diag_oom(diag);
}

int handle_boot(struct reading *reading,
		const struct lex_statement *statement UNUSED,
		struct diag *diag UNUSED)
{
	reading->settings->boot = true;
	return 0;
}

int settings_append(char ***list, const char *text, const struct lex_word *word,
		    struct diag *diag)
{
	if (strv_length(*list) >= HOST_SETTINGS_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d of them",
				      HOST_SETTINGS_LIST_MAX);
	return strv_append(list, text) < 0 ? diag_oom(diag) : 0;
}

int handle_after(struct reading *reading, const struct lex_statement *statement,
		 struct diag *diag)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];

		r = state_check_name(word->text, diag);
		if (r < 0)
			return location_wrap(diag, r, &word->at);
		r = settings_append(&reading->settings->after, word->text, word,
				    diag);
	}
	return r;
}

int handle_listen(struct reading *reading,
		  const struct lex_statement *statement, struct diag *diag)
{
	struct listen_mapping mapping;
	int r = 0;

	for (size_t i = 1; r == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];

		r = listen_mapping_parse(word->text, &mapping, diag);
		if (r < 0)
			return location_wrap(diag, r, &word->at);
		r = settings_append(&reading->settings->listens, word->text,
				    word, diag);
	}
	return r;
}

/* --- How much ------------------------------------------------------------- */

/* One of a table's; what NAME.conf says takes the place of the other file's. */
static int read_limit(struct host_limit table[LIMIT_WORDS], bool none_allowed,
		      const struct lex_statement *statement, struct diag *diag)
{
	struct config_limits values = { 0 };
	const struct lex_word *value = NULL;
	const struct location *at = &statement->words[0].at;
	struct host_limit *limit;
	size_t index = 0;
	int r = limit_find(statement, &index, &value, diag);

	if (r < 0)
		return r;
	limit = &table[index];
	if (limit->at.line && limit->at.file == at->file)
		return location_error(diag, -EINVAL, at,
				      "%s %s stands in line %u already",
				      statement->words[0].text,
				      limit_word(index), limit->at.line);
	if (!none_allowed || strcmp(value->text, "none") != 0)
		r = limit_read(index, value, &values, diag);
	if (r < 0)
		return r;
	limit->at = *at;
	limit->value = limit_get(&values, index);
	return 0;
}

int handle_limit(struct reading *reading, const struct lex_statement *statement,
		 struct diag *diag)
{
	return read_limit(reading->defaults ? reading->settings->defaults
					    : reading->settings->limits,
			  !reading->defaults, statement, diag);
}

int handle_most(struct reading *reading, const struct lex_statement *statement,
		struct diag *diag)
{
	return read_limit(reading->settings->most, !reading->defaults,
			  statement, diag);
}

int handle_volume(struct reading *reading,
		  const struct lex_statement *statement, struct diag *diag)
{
	struct host_settings *settings = reading->settings;
	const struct lex_word *word = &statement->words[1];
	struct host_volume volume = { .at = word->at };
	int r = volume_parse(word->text, &volume.volume, diag);

	if (r < 0)
		return location_wrap(diag, r, &word->at);
	if (settings->volume_count >= HOST_SETTINGS_LIST_MAX)
		r = location_error(diag, -EINVAL, &word->at,
				   "more than %d volumes",
				   HOST_SETTINGS_LIST_MAX);
	for (size_t i = 0; r == 0 && i < settings->volume_count; i++)
		if (strcmp(settings->volumes[i].volume.path,
			   volume.volume.path) == 0)
			r = location_error(diag, -EINVAL, &word->at,
					   "%s is in line %u already",
					   volume.volume.path,
					   settings->volumes[i].at.line);
	if (r == 0 && array_grow(&settings->volumes, settings->volume_count,
				 sizeof(volume)) < 0)
		r = diag_oom(diag);
	if (r < 0) {
		volume_done(&volume.volume);
		return r;
	}
	settings->volumes[settings->volume_count++] = volume;
	return 0;
}
