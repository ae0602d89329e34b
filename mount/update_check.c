#include "mount/update_check.h"

#include "lib/debian_version.h"

#include <errno.h>
#include <string.h>

static const char *version_of(const struct config *config)
{
	return config->version && *config->version ? config->version : "0";
}

bool update_goes_back(const struct config *running, const struct config *next)
{
	return debian_version_compare(version_of(next), version_of(running)) <
	       0;
}

bool update_same_connects(const struct config *running,
			  const struct config *next)
{
	const struct endpoint *a = running->connects, *b = next->connects;

	if (running->connect_count != next->connect_count)
		return false;
	for (size_t i = 0; i < running->connect_count; i++)
		if (strcmp(a[i].host, b[i].host) != 0 ||
		    a[i].port != b[i].port || a[i].udp != b[i].udp)
			return false;
	return true;
}

static bool same_listens(const struct config *a, const struct config *b)
{
	if (a->listen_count != b->listen_count)
		return false;
	for (size_t i = 0; i < a->listen_count; i++)
		if (a->listens[i].port != b->listens[i].port ||
		    a->listens[i].udp != b->listens[i].udp ||
		    strcmp(a->listens[i].address, b->listens[i].address) != 0)
			return false;
	return true;
}

/* The packet filter of a network of the jail's own names both. */
static bool same_filter(const struct config *running, const struct config *next)
{
	return running->network != CONFIG_NETWORK_OWN ||
	       (same_listens(running, next) &&
		update_same_connects(running, next));
}

static bool same_network(const struct config *a, const struct config *b)
{
	size_t count = strv_length(a->addresses);

	if (a->network != b->network || count != strv_length(b->addresses))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(a->addresses[i], b->addresses[i]) != 0)
			return false;
	return true;
}

/* True if there is one. */
static bool has_service(const struct config *config, bool per_connection)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (config->services[i].per_connection == per_connection)
			return true;
	return config->service_count == 0 && !per_connection;
}

static bool is_for_connections(const struct config *config, uint16_t port)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (config->services[i].per_connection &&
		    config->services[i].port == port)
			return true;
	return false;
}

/* A port is accepted at by the supervisor in both, or in neither. */
static bool same_acceptors(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < a->listen_count; i++)
		for (size_t j = 0; j < b->listen_count; j++)
			if (!a->listens[i].udp && !b->listens[j].udp &&
			    a->listens[i].port == b->listens[j].port &&
			    is_for_connections(a, a->listens[i].port) !=
				    is_for_connections(b, b->listens[j].port))
				return false;
	return true;
}

int update_check(const struct config *running, const struct config *next,
		 bool force, struct diag *diag)
{
	if (!force && strcmp(running->name, next->name) != 0) {
		diag_set(diag, -EINVAL,
			 "it is an image of %s, and the jail runs one of %s",
			 next->name, running->name);
		diag_hint(diag, "--force takes it all the same");
		return -EINVAL;
	}
	if (!same_network(running, next))
		diag_set(diag, -EOPNOTSUPP,
			 "its network is another than that of the image that "
			 "runs");
	else if (!same_filter(running, next))
		diag_set(diag, -EOPNOTSUPP,
			 "in a network of its own the ports and the peers "
			 "cannot change");
	else if (has_service(running, false) != has_service(next, false))
		diag_set(diag, -EOPNOTSUPP,
			 "only one of the two images has services that stay");
	else if (!same_acceptors(running, next))
		diag_set(diag, -EOPNOTSUPP,
			 "a port that has a service for each connection in one "
			 "of the two images is another service's in the other");
	else
		return 0;
	diag_hint(diag, "stop the jail, and run the new image");
	return -EOPNOTSUPP;
}
