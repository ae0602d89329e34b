/* The services for each connection, of all editions. */
#include "mount/connection_port.h"
#include "mount/custody_keep.h"
#include "mount/custody_sockets.h"

#include <errno.h>
#include <fcntl.h>

bool connections_any(const struct config *config)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (config->services[i].per_connection)
			return true;
	return false;
}

bool connections_only(const struct config *config)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (!config->services[i].per_connection)
			return false;
	return config->service_count > 0;
}

/* By where it is on the host: another edition's may be elsewhere. */
static struct custody_socket *find_socket(const struct connection_port *port)
{
	const struct listen_table *table = &port->edition->listens;
	struct custody *custody = port->supervisor->custody;

	for (size_t i = 0; i < table->count; i++) {
		const struct listen_mapping *mapping = &table->mappings[i];

		if (mapping->udp || mapping->jail_port != port->service->port)
			continue;
		for (size_t j = 0; j < custody->socket_count; j++)
			if (listen_mapping_same(&custody->sockets[j].mapping,
						mapping))
				return &custody->sockets[j];
	}
	return NULL;
}

static int listen_for(struct connection_port *port, struct diag *diag)
{
	struct supervisor *supervisor = port->supervisor;
	struct custody_socket *socket = find_socket(port);
	int r = -ENOENT;

	if (socket)
		r = fcntl(socket->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r == 0)
		r = custody_listen(socket, 0, CONNECTIONS_BACKLOG);
	if (r == 0)
		custody_keep(supervisor->custody, socket);
	if (r < 0)
		return diag_errno(diag, r,
				  "cannot listen at port %u for the service "
				  "%s",
				  port->service->port, port->service->name);
	port->source = (struct event_source){ .fd = socket->fd,
					      .events = POLLIN,
					      .ready = connection_port_accept,
					      .context = port };
	return events_add(&supervisor->events, &port->source) < 0
		       ? diag_oom(diag)
		       : 0;
}

int connections_prepare(struct supervisor *supervisor, struct edition *edition,
			struct diag *diag)
{
	const struct config *config = &edition->image->config;
	struct connection_port **last = &supervisor->connections.ports;

	while (*last)
		last = &(*last)->next;
	for (size_t i = 0; i < config->service_count; i++) {
		if (!config->services[i].per_connection)
			continue;
		*last = calloc(1, sizeof(**last));
		if (!*last)
			return diag_oom(diag);
		connection_port_fill(*last, supervisor, edition,
				     &config->services[i]);
		last = &(*last)->next;
	}
	return 0;
}

static void close_port(struct connection_port *port)
{
	events_remove(&port->supervisor->events, &port->source);
	events_disarm(&port->supervisor->events, &port->pause);
	port->source.fd = -1;
}

int connections_begin(struct supervisor *supervisor, struct diag *diag)
{
	struct connection_port *ports = supervisor->connections.ports;
	int r = 0;

	for (struct connection_port *port = ports; port; port = port->next)
		if (port->edition != supervisor->edition)
			close_port(port);
	for (struct connection_port *port = ports; port; port = port->next)
		if (port->edition == supervisor->edition && r == 0)
			r = listen_for(port, diag);
	return r;
}

size_t connections_count(const struct supervisor *supervisor)
{
	size_t count = 0;

	for (const struct connection_port *port = supervisor->connections.ports;
	     port; port = port->next)
		count += port->live_count;
	return count;
}

bool connections_use(const struct supervisor *supervisor,
		     const struct edition *edition)
{
	for (const struct connection_port *port = supervisor->connections.ports;
	     port; port = port->next)
		if (port->edition == edition && port->lives)
			return true;
	return false;
}

/* For every one that lives. */
static void each(struct supervisor *supervisor, void (*act)(struct life *life))
{
	for (struct connection_port *port = supervisor->connections.ports; port;
	     port = port->next)
		for (struct life *life = port->lives; life; life = life->next)
			act(life);
}

void connections_stop(struct supervisor *supervisor)
{
	for (struct connection_port *port = supervisor->connections.ports; port;
	     port = port->next)
		close_port(port);
	each(supervisor, life_stop);
}

void connections_kill(struct supervisor *supervisor)
{
	each(supervisor, life_kill);
}

void connections_look_at_limits(struct supervisor *supervisor)
{
	each(supervisor, life_look_at_limits);
}

/* Nothing of those of one edition, or with NULL of any, is left. */
static void free_ports(struct supervisor *supervisor,
		       const struct edition *edition)
{
	struct connection_port **link = &supervisor->connections.ports;

	while (*link) {
		struct connection_port *port = *link;

		if (edition && port->edition != edition) {
			link = &port->next;
			continue;
		}
		*link = port->next;
		close_port(port);
		while (port->lives) {
			struct life *life = port->lives;

			connection_port_forget(port, life);
			life_free(life);
		}
		free(port);
	}
}

void connections_forget(struct supervisor *supervisor,
			const struct edition *edition)
{
	free_ports(supervisor, edition);
}

void connections_done(struct supervisor *supervisor)
{
	free_ports(supervisor, NULL);
}

static json_t *port_json(const struct connection_port *port)
{
	json_t *generations = json_array();
	json_t *json;

	for (const struct life *life = port->lives; life; life = life->next)
		json_array_append_new(generations, json_integer(life->number));
	json = json_pack("{s:s,s:i,s:i,s:I,s:I,s:o}", "service",
			 port->service->name, "port", port->service->port,
			 "at_most", (int)port->service->at_most, "served",
			 (json_int_t)port->served, "turned_away",
			 (json_int_t)port->turned_away, "generations",
			 generations);
	if (port->edition != port->supervisor->edition)
		json_object_set_new(json, "leaving", json_true());
	return json;
}

json_t *connections_json(const struct supervisor *supervisor)
{
	json_t *array = NULL;

	for (const struct connection_port *port = supervisor->connections.ports;
	     port; port = port->next) {
		if (port->edition != supervisor->edition && !port->lives)
			continue;
		if (!array)
			array = json_array();
		json_array_append_new(array, port_json(port));
	}
	return array;
}
