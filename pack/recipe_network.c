/* Who the service may answer, who it may call, and from where. */
#include "lib/choose.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

/* What was said before is not added again. */
static int add_listen(struct config *config, const struct config_listen *listen,
		      const struct lex_word *word, struct diag *diag)
{
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *other = &config->listens[i];

		if (other->port != listen->port || other->udp != listen->udp)
			continue;
		if (strcmp(other->address, listen->address) == 0)
			return 0;
		return location_error(
			diag, -EINVAL, &word->at,
			"the port %u is there already, at %s", listen->port,
			*other->address ? other->address : "all addresses");
	}
	if (config->listen_count >= CONFIG_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d ports", CONFIG_LIST_MAX);
	if (array_grow(&config->listens, config->listen_count,
		       sizeof(*listen)) < 0)
		return diag_oom(diag);
	config->listens[config->listen_count++] = *listen;
	return 0;
}

/* "80", "53/udp": a number has words of its own for what is wrong with it. */
static int parse_port(const struct lex_word *word, struct config_listen *listen,
		      struct diag *diag)
{
	CLEANUP_FREE char *text = strdup(word->text);
	struct lex_word port = *word;
	uint64_t number;
	char *slash;
	int error;

	if (!text)
		return diag_oom(diag);
	slash = strchr(text, '/');
	if (slash && strcmp(slash, "/udp") == 0)
		listen->udp = true;
	else if (slash && strcmp(slash, "/tcp") != 0)
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is neither tcp nor udp", slash + 1);
	if (slash)
		*slash = '\0';
	port.text = text;
	error = value_number(&port, "port", 1, 65535, &number, diag);
	if (error == 0)
		listen->port = (uint16_t)number;
	return error;
}

static int parse_listen(const struct lex_word *word,
			struct config_listen *listen, struct diag *diag)
{
	const char *why;
	int r;

	if (!strchr(word->text, ':'))
		return parse_port(word, listen, diag);
	r = config_listen_parse(word->text, listen, &why);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r == 0)
		return 0;
	location_error(diag, -EINVAL, &word->at, "'%s' %s", word->text, why);
	diag_hint(diag, "listen 80 10.0.0.5:443 [2001:db8::5]:53/udp");
	return -EINVAL;
}

HANDLER(handle_listen)
{
	struct recipe *recipe = reader->recipe;

	for (size_t i = 1; i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		struct config_listen listen = { 0 };
		int error = parse_listen(word, &listen, diag);

		if (error == 0)
			error = add_listen(&recipe->config, &listen, word,
					   diag);
		if (error < 0)
			return error;
	}
	if (recipe->listen_at.line == 0)
		recipe->listen_at = statement->words[0].at;
	return 0;
}

static bool calls(const struct config *config, const struct endpoint *peer)
{
	for (size_t i = 0; i < config->connect_count; i++)
		if (config->connects[i].port == peer->port &&
		    config->connects[i].udp == peer->udp &&
		    strcmp(config->connects[i].host, peer->host) == 0)
			return true;
	return false;
}

HANDLER(handle_connect)
{
	struct config *config = &reader->recipe->config;

	for (size_t i = 1; i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		struct endpoint peer;
		const char *why;

		if (endpoint_parse(word->text, &peer, &why) < 0) {
			location_error(diag, -EINVAL, &word->at, "'%s' %s",
				       word->text, why);
			diag_hint(diag, "connect 10.0.0.5:5432 "
					"[2001:db8::5]:53/udp db.example:5432");
			return -EINVAL;
		}
		if (calls(config, &peer))
			continue;
		if (config->connect_count >= CONFIG_LIST_MAX)
			return location_error(diag, -EINVAL, &word->at,
					      "more than %d peers",
					      CONFIG_LIST_MAX);
		if (array_grow(&config->connects, config->connect_count,
			       sizeof(peer)) < 0)
			return diag_oom(diag);
		config->connects[config->connect_count++] = peer;
	}
	return 0;
}

static int add_address(struct config *config, const struct lex_word *word,
		       struct diag *diag)
{
	char network[ENDPOINT_NETWORK_MAX + 1];
	const char *why;

	if (endpoint_parse_network(word->text, network, &why) < 0) {
		location_error(diag, -EINVAL, &word->at, "'%s' %s", word->text,
			       why);
		diag_hint(diag, "network own 10.0.0.5/24");
		return -EINVAL;
	}
	for (char **other = config->addresses; other && *other; other++)
		if (strcmp(*other, network) == 0)
			return location_error(diag, -EINVAL, &word->at,
					      "the address %s is there already",
					      network);
	return strv_append(&config->addresses, network) < 0 ? diag_oom(diag)
							    : 0;
}

static int network_kind(const struct lex_word *word,
			enum config_network *ret_network, struct diag *diag)
{
	static const char *const kinds[] = {
		[CONFIG_NETWORK_SEALED] = "sealed",
		[CONFIG_NETWORK_HOST] = "host",
		[CONFIG_NETWORK_OWN] = "own",
	};
	size_t kind = 0;
	int r = choose_word(word, kinds, ARRAY_SIZE(kinds), &kind, diag);

	if (r == 0)
		*ret_network = (enum config_network)kind;
	return r;
}

HANDLER(handle_network)
{
	struct config *config = &reader->recipe->config;
	const struct lex_word *words = statement->words;
	int error = network_kind(&words[1], &config->network, diag);

	if (error < 0)
		return error;
	strv_free(config->addresses);
	config->addresses = NULL;
	if (config->network == CONFIG_NETWORK_OWN && statement->count < 3) {
		location_error(diag, -EINVAL, &words[1].at,
			       "a network of its own needs an address");
		diag_hint(diag, "network own 10.0.0.5/24");
		return -EINVAL;
	}
	if (config->network != CONFIG_NETWORK_OWN && statement->count > 2)
		return location_error(diag, -EINVAL, &words[2].at,
				      "network %s takes nothing behind it",
				      words[1].text);
	for (size_t i = 2; error == 0 && i < statement->count; i++)
		error = add_address(config, &words[i], diag);
	return error;
}
