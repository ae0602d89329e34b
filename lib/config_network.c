/* The contract's network: the peers and the addresses. */
#include "lib/config_format.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EINVAL, __VA_ARGS__)

static bool is_same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->udp == b->udp &&
	       strcmp(a->host, b->host) == 0;
}

/* In the one form that the text of it has. */
static int check_peer(const struct endpoint *peer, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct endpoint again;
	const char *why;

	endpoint_put(&text, peer);
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	if (endpoint_parse(text.data, &again, &why) < 0)
		return refuse(diag, "the peer %s %s", text.data, why);
	if (!is_same(peer, &again))
		return refuse(diag, "the peer %s is not in its normal form",
			      text.data);
	return 0;
}

static int check_address(const char *address, struct diag *diag)
{
	char again[ENDPOINT_NETWORK_MAX + 1];
	const char *why;

	if (endpoint_parse_network(address, again, &why) < 0)
		return refuse(diag, "the address %s %s", address, why);
	if (strcmp(address, again) != 0)
		return refuse(diag, "the address %s is not in its normal form",
			      address);
	return 0;
}

static int check_addresses(const struct config *config, struct diag *diag)
{
	size_t count = strv_length(config->addresses);
	int r = 0;

	if ((config->network == CONFIG_NETWORK_OWN) != (count > 0))
		return refuse(diag, "its own network has no address, or there "
				    "are addresses without one");
	if (count > CONFIG_LIST_MAX)
		return refuse(diag, "it has more than %d addresses",
			      CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = check_address(config->addresses[i], diag);
		for (size_t k = 0; r == 0 && k < i; k++)
			if (strcmp(config->addresses[i],
				   config->addresses[k]) == 0)
				r = refuse(diag, "it has the address %s twice",
					   config->addresses[i]);
	}
	return r;
}

void config_listen_put(const struct config_listen *listen, struct buf *text)
{
	struct endpoint endpoint = { .port = listen->port, .udp = listen->udp };

	if (!*listen->address) {
		buf_printf(text, "%u/%s", listen->port,
			   listen->udp ? "udp" : "tcp");
		return;
	}
	(void)snprintf(endpoint.host, sizeof(endpoint.host), "%s",
		       listen->address);
	endpoint_put(text, &endpoint);
}

int config_listen_parse(const char *text, struct config_listen *ret_listen,
			const char **ret_why)
{
	struct config_listen listen = { 0 };
	bool addressed = strchr(text, ':') != NULL;
	CLEANUP_FREE char *dressed = NULL;
	struct endpoint endpoint;
	int r;

	/* A port alone is read as that of some address. */
	if (asprintf(&dressed, "%s%s", addressed ? "" : "127.0.0.1:", text) <
	    0) {
		dressed = NULL;
		return -ENOMEM;
	}
	r = endpoint_parse(dressed, &endpoint, ret_why);
	if (r < 0)
		return r;
	if (endpoint_has_name(&endpoint)) {
		*ret_why = "has a name where an address is wanted";
		return -EINVAL;
	}
	listen.port = endpoint.port;
	listen.udp = endpoint.udp;
	if (addressed)
		(void)snprintf(listen.address, sizeof(listen.address), "%.*s",
			       CONFIG_LISTEN_ADDRESS_MAX, endpoint.host);
	*ret_listen = listen;
	return 0;
}

/* In the one form that the text of it has. */
static int check_listen(const struct config_listen *listen, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct config_listen again;
	const char *why;
	int r;

	if (listen->port == 0)
		return refuse(diag, "no one can listen on port 0");
	config_listen_put(listen, &text);
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	r = config_listen_parse(text.data, &again, &why);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r < 0)
		return refuse(diag, "what it listens on, %s, %s", text.data,
			      why);
	if (strcmp(again.address, listen->address) != 0)
		return refuse(diag,
			      "what it listens on, %s, is not in its "
			      "normal form",
			      text.data);
	return 0;
}

static int check_listens(const struct config *config, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->listen_count; i++) {
		const struct config_listen *listen = &config->listens[i];

		r = check_listen(listen, diag);
		for (size_t k = 0; r == 0 && k < i; k++)
			if (config->listens[k].port == listen->port &&
			    config->listens[k].udp == listen->udp)
				r = refuse(diag, "port %u is listed twice",
					   listen->port);
	}
	return r;
}

bool config_names_peers(const struct config *config)
{
	for (size_t i = 0; i < config->connect_count; i++)
		if (endpoint_has_name(&config->connects[i]))
			return true;
	return false;
}

int config_check_network(const struct config *config, struct diag *diag)
{
	int r = check_listens(config, diag);

	if (config->connect_count > CONFIG_LIST_MAX)
		return refuse(diag, "it has more than %d peers",
			      CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < config->connect_count; i++) {
		r = check_peer(&config->connects[i], diag);
		for (size_t k = 0; r == 0 && k < i; k++)
			if (is_same(&config->connects[i], &config->connects[k]))
				r = refuse(diag, "the peer %s is listed twice",
					   config->connects[i].host);
	}
	return r < 0 ? r : check_addresses(config, diag);
}
