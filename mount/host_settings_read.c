/* The host's settings as text: a table of directives, in the order of
 * jailmount.conf(5). */
#include "mount/host_settings_reader.h"

#include "lib/suggest.h"

#include <errno.h>
#include <string.h>

enum { ANY_NUMBER = LEX_WORDS_MAX };

static const struct directive {
	const char *name;
	size_t least, most; /* words behind the name */
	settings_handler *handle;
	bool once;	  /* in a file */
	bool in_defaults; /* may stand in jailmount.conf */
	const char *form;
} directives[] = {
	{ "image", 1, 1, handle_image, true, false,
	  "PATH | REGISTRY/REPOSITORY[:TAG]" },
	{ "boot", 0, 0, handle_boot, true, false, "" },
	{ "after", 1, ANY_NUMBER, handle_after, false, false, "NAME..." },
	{ "listen", 1, ANY_NUMBER, handle_listen, false, false,
	  "[ADDRESS:]PORT:JAILPORT[/udp]..." },
	{ "network", 1, ANY_NUMBER, handle_network, true, false,
	  "sealed | host | own ADDRESS/LEN..." },
	{ "interface", 1, 1, handle_interface, true, false, "NAME" },
	{ "gateway", 1, ANY_NUMBER, handle_gateway, true, false, "ADDRESS..." },
	{ "connect", 1, ANY_NUMBER, handle_connect, true, false,
	  "HOST:PORT[/tcp|/udp]... | none" },
	{ "volume", 1, 1, handle_volume, false, false,
	  "[HOSTPATH:]PATH[:ro|:rw]" },
	{ "limit", 2, 3, handle_limit, false, true, "NAME VALUE" },
	{ "most", 2, 3, handle_most, false, true, "NAME VALUE" },
	{ "forbid", 1, ANY_NUMBER, handle_forbid, false, true,
	  "network host|own | connect | share | persist | syscall | "
	  "capability NAME..." },
	{ "permit", 1, ANY_NUMBER, handle_permit, false, false, "as forbid" },
};

static const struct directive *find_directive(const struct lex_word *word,
					      struct diag *diag)
{
	struct suggestion suggestion;

	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (strcmp(word->text, directives[i].name) == 0)
			return &directives[i];
	location_error(diag, -EINVAL, &word->at, "unknown setting '%s'",
		       word->text);
	suggestion = suggest_begin(word->text);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		suggest_offer(&suggestion, directives[i].name);
	suggest_hint(&suggestion, diag);
	return NULL;
}

static int check_form(const struct directive *directive,
		      const struct lex_statement *statement, bool defaults,
		      struct diag *diag)
{
	const struct lex_word *word = &statement->words[0];
	size_t count = statement->count - 1;

	if (defaults && !directive->in_defaults) {
		location_error(diag, -EINVAL, &word->at, "%s is about one jail",
			       directive->name);
		diag_hint(diag,
			  "it stands in " HOST_SETTINGS_DIRECTORY "/NAME.conf");
		return -EINVAL;
	}
	if (!statement->has_here && count >= directive->least &&
	    count <= directive->most)
		return 0;
	location_error(diag, -EINVAL,
		       statement->has_here ? &statement->here_at : &word->at,
		       statement->has_here
			       ? "%s takes no here-document"
			       : "%s has the wrong number of words behind it",
		       directive->name);
	diag_hint(diag, "%s %s", directive->name, directive->form);
	return -EINVAL;
}

static int handle(struct reading *reading,
		  struct location said[ARRAY_SIZE(directives)],
		  const struct lex_statement *statement, struct diag *diag)
{
	const struct lex_word *word = &statement->words[0];
	const struct directive *directive = find_directive(word, diag);
	struct location *first;
	int r = directive ? check_form(directive, statement, reading->defaults,
				       diag)
			  : -EINVAL;

	if (r < 0)
		return r;
	first = &said[directive - directives];
	if (directive->once && first->line)
		return location_error(diag, -EINVAL, &word->at,
				      "%s stands in line %u already",
				      directive->name, first->line);
	*first = word->at;
	return directive->handle(reading, statement, diag);
}

static int read_statements(struct reading *reading, const struct lex_text *text,
			   struct variables *variables, struct diag *diag)
{
	struct lexer lexer = { .text = text, .variables = variables };
	struct location said[ARRAY_SIZE(directives)] = { 0 };

	for (;;) {
		CLEANUP_STATEMENT struct lex_statement statement = { 0 };
		int r = lex_next(&lexer, &statement, diag);

		if (r > 0)
			r = handle(reading, said, &statement, diag);
		else
			return r;
		if (r < 0)
			return r;
	}
}

int host_settings_read(struct host_settings *settings, const char *file,
		       const char *text, size_t length, bool defaults,
		       struct diag *diag)
{
	struct reading reading = { .settings = settings, .defaults = defaults };
	struct variables variables = { 0 };
	struct lex_text lines;
	int r;

	if (array_grow(&settings->texts, settings->text_count, sizeof(lines)) <
	    0)
		return diag_oom(diag);
	r = lex_text_init(&lines, file, text, length, diag);
	if (r < 0)
		return r;
	settings->texts[settings->text_count++] = lines;
	r = read_statements(&reading, &lines, &variables, diag);
	variables_done(&variables);
	return r;
}

void host_settings_done(struct host_settings *settings)
{
	free(settings->image);
	strv_free(settings->after);
	strv_free(settings->listens);
	strv_free(settings->addresses);
	free(settings->interface);
	strv_free(settings->gateways);
	free(settings->connects);
	for (size_t i = 0; i < settings->volume_count; i++)
		volume_done(&settings->volumes[i].volume);
	free(settings->volumes);
	for (size_t i = 0; i < settings->text_count; i++)
		lex_text_done(&settings->texts[i]);
	free(settings->texts);
	*settings = HOST_SETTINGS_INIT;
}
