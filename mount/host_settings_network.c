/* Settings: whom the jail may call, and from where. */
#include "lib/choose.h"
#include "mount/host_settings_reader.h"

#include <errno.h>
#include <string.h>

static int add_peer(struct host_settings *settings, const struct lex_word *word,
		    struct diag *diag)
{
	struct endpoint peer;
	const char *why;

	if (endpoint_parse(word->text, &peer, &why) < 0) {
		location_error(diag, -EINVAL, &word->at, "'%s' %s", word->text,
			       why);
		diag_hint(diag, "connect 10.0.0.5:5432 [2001:db8::5]:53/udp "
				"db.example:5432, or connect none");
		return -EINVAL;
	}
	if (settings->connect_count >= CONFIG_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d peers", CONFIG_LIST_MAX);
	if (array_grow(&settings->connects, settings->connect_count,
		       sizeof(peer)) < 0)
		return diag_oom(diag);
	settings->connects[settings->connect_count++] = peer;
	return 0;
}

int handle_connect(struct reading *reading,
		   const struct lex_statement *statement, struct diag *diag)
{
	struct host_settings *settings = reading->settings;
	const struct lex_word *words = statement->words;
	int r = 0;

	settings->connect_at = words[0].at;
	if (statement->count == 2 && strcmp(words[1].text, "none") == 0)
		return 0;
	for (size_t i = 1; r == 0 && i < statement->count; i++)
		r = add_peer(settings, &words[i], diag);
	return r;
}

static int add_address(struct host_settings *settings,
		       const struct lex_word *word, struct diag *diag)
{
	char network[ENDPOINT_NETWORK_MAX + 1];
	const char *why;

	if (endpoint_parse_network(word->text, network, &why) < 0) {
		location_error(diag, -EINVAL, &word->at, "'%s' %s", word->text,
			       why);
		diag_hint(diag, "network own 10.0.0.5/24");
		return -EINVAL;
	}
	return settings_append(&settings->addresses, network, word, diag);
}

int handle_network(struct reading *reading,
		   const struct lex_statement *statement, struct diag *diag)
{
	static const char *const kinds[] = {
		[CONFIG_NETWORK_SEALED] = "sealed",
		[CONFIG_NETWORK_HOST] = "host",
		[CONFIG_NETWORK_OWN] = "own",
	};
	struct host_settings *settings = reading->settings;
	const struct lex_word *words = statement->words;
	size_t kind = 0;
	int r = choose_word(&words[1], kinds, ARRAY_SIZE(kinds), &kind, diag);

	if (r < 0)
		return r;
	if ((kind == CONFIG_NETWORK_OWN) != (statement->count > 2)) {
		location_error(diag, -EINVAL, &words[0].at,
			       "only a network of its own has addresses, and "
			       "it needs one");
		diag_hint(diag, "network own 10.0.0.5/24");
		return -EINVAL;
	}
	settings->network_at = words[0].at;
	settings->network = (enum config_network)kind;
	for (size_t i = 2; r == 0 && i < statement->count; i++)
		r = add_address(settings, &words[i], diag);
	return r;
}

/* network_layout_make() knows what may stand here. */
int handle_interface(struct reading *reading,
		     const struct lex_statement *statement, struct diag *diag)
{
	reading->settings->interface = strdup(statement->words[1].text);
	return reading->settings->interface ? 0 : diag_oom(diag);
}

int handle_gateway(struct reading *reading,
		   const struct lex_statement *statement, struct diag *diag)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < statement->count; i++)
		r = settings_append(&reading->settings->gateways,
				    statement->words[i].text,
				    &statement->words[i], diag);
	return r;
}
