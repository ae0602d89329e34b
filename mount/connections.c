#include "mount/connections.h"

#include "mount/custody_keep.h"
#include "mount/custody_sockets.h"
#include "mount/source_rate.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct connection_port {
	struct supervisor *supervisor;
	const struct config_service *service;
	struct life_setting setting;
	struct event_source source; /* the socket of custody's */
	struct event_timer pause;
	struct life *lives; /* a list */
	size_t live_count;
	uint64_t served;
	uint64_t turned_away;
	uint64_t told; /* how many of those the log knows of */
	int64_t told_at;
	bool full; /* since somebody was told so */
	struct source_rate rate;
};

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

/* --- Who may come --------------------------------------------------------- */

/* A client of IPv4 is one, whatever the socket's family. */
static struct socket_address source_of(const struct sockaddr_storage *sockaddr,
				       socklen_t length)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct socket_address address = { .family = AF_UNSPEC };

	if (socket_address_read(sockaddr->ss_family, sockaddr, length,
				&address) < 0)
		return (struct socket_address){ .family = AF_UNSPEC };
	if (address.family != AF_INET6 ||
	    memcmp(address.bytes, mapped, sizeof(mapped)) != 0)
		return address;
	address.family = AF_INET;
	memmove(address.bytes, address.bytes + sizeof(mapped), 4);
	memset(address.bytes + 4, 0, sizeof(address.bytes) - 4);
	return address;
}

/* The log hears of it at once, and of all that follow together. */
static void turn_away(struct connection_port *port,
		      const struct socket_address *source)
{
	char address[ADDRESS_TEXT_SIZE];
	int64_t now = events_now();

	port->turned_away++;
	if (port->told_at && now - port->told_at < CONNECTIONS_TELL_US)
		return;
	socket_address_format(source, address);
	log_event(
		&port->supervisor->sink, 0,
		"service %s: %" PRIu64
		" connections turned away, the last from %s: more than %" PRIu32
		" in %g s",
		port->service->name, port->turned_away - port->told, address,
		port->service->source_most,
		port->service->source_milliseconds / 1000.0);
	port->told = port->turned_away;
	port->told_at = now;
}

static void poll_again(struct connection_port *port)
{
	bool full = port->live_count >= port->service->at_most;

	if (full && !port->full)
		log_event(&port->supervisor->sink, 0,
			  "service %s: %" PRIu32
			  " at once, which is all there may be; others wait",
			  port->service->name, port->service->at_most);
	/* It is told again when there was room for a while. */
	port->full = full || (port->full &&
			      port->live_count >= port->service->at_most / 2);
	port->source.events = full || port->pause.armed ? 0 : POLLIN;
}

static void pause_over(void *context)
{
	poll_again(context);
}

/* --- Their lives ---------------------------------------------------------- */

static void forget(struct connection_port *port, const struct life *life)
{
	struct life **link = &port->lives;

	while (*link && *link != life)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = life->next;
	port->live_count--;
}

static void on_ended(void *context, struct life *life)
{
	struct connection_port *port = context;
	struct supervisor *supervisor = port->supervisor;

	log_event(&supervisor->sink, life->number,
		  "service %s ended with status %d after %.1f s",
		  port->service->name, life->status,
		  (double)(events_now() - life->started_at) / 1000000);
	forget(port, life);
	if (life->alarms) {
		life->reason = "its connection ended, after alarms";
		evidence_take_rest(supervisor, life);
	}
	custody_release(supervisor->custody, life->number);
	life_free(life);
	if (supervisor->stopping)
		supervisor_look_for_end(supervisor);
	else
		poll_again(port);
}

static void on_alarm(void *context, struct life *life, enum alarm_kind kind,
		     const char *text)
{
	struct connection_port *port = context;

	if (text)
		alarm_raise(port->supervisor, life, kind, "%s", text);
	else
		alarm_repeat(port->supervisor, life, kind);
}

static void do_nothing(void *context UNUSED, struct life *life UNUSED)
{
}

static void hold_nobody(void *context UNUSED, struct life *life UNUSED,
			bool still UNUSED)
{
}

/* What a visitor may have altered the next one does not get to see. */
static int leave_tainted(struct supervisor *supervisor, struct diag *diag)
{
	CLEANUP_SUPERBLOCK struct superblock *fresh = NULL;
	int r;

	if (!superblock_is_tainted(supervisor->superblock))
		return 0;
	r = supervisor_new_superblock(supervisor, supervisor->image, &fresh,
				      diag);
	if (r == 0)
		supervisor_set_superblock(supervisor, fresh);
	return r;
}

static void start(struct connection_port *port, int connection,
		  const struct socket_address *source)
{
	struct supervisor *supervisor = port->supervisor;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char address[ADDRESS_TEXT_SIZE];
	struct life *life;
	int r;

	socket_address_format(source, address);
	port->setting.standard_input = connection;
	port->setting.standard_output = connection;
	r = leave_tainted(supervisor, &diag);
	if (r == 0)
		r = life_start(&port->setting, supervisor->superblock,
			       supervisor->last_number + 1, &life, &diag);
	if (r < 0) {
		log_event(&supervisor->sink, 0,
			  "service %s cannot be started for %s: %s",
			  port->service->name, address,
			  diag.text ? diag.text : strerror(-r));
		return;
	}
	supervisor->last_number++;
	life->next = port->lives;
	port->lives = life;
	port->live_count++;
	port->served++;
	log_event(&supervisor->sink, life->number, "service %s serves %s",
		  port->service->name, address);
}

/* --- Accepting ------------------------------------------------------------ */

/* What is wrong with the connection, not with the host. */
static bool is_passing(int error)
{
	return error != EMFILE && error != ENFILE && error != ENOMEM &&
	       error != ENOBUFS;
}

static void wait_for_room(struct connection_port *port, int error)
{
	struct supervisor *supervisor = port->supervisor;

	log_event(&supervisor->sink, 0, "service %s: cannot accept: %s",
		  port->service->name, strerror(error));
	(void)!events_arm(&supervisor->events, &port->pause,
			  events_now() + CONNECTIONS_PAUSE_US);
}

/* One at a time: others want the supervisor as well. */
static void accept_one(void *context, short revents UNUSED)
{
	struct connection_port *port = context;
	struct sockaddr_storage sockaddr = { 0 };
	socklen_t length = sizeof(sockaddr);
	struct socket_address source;
	int connection, one = 1;

	connection = accept4(port->source.fd, (struct sockaddr *)&sockaddr,
			     &length, SOCK_CLOEXEC);
	if (connection < 0) {
		if (!is_passing(errno))
			wait_for_room(port, errno);
		poll_again(port);
		return;
	}
	/* One whose host has vanished does not keep its place for ever. */
	(void)setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, &one,
			 sizeof(one));
	source = source_of(&sockaddr, length);
	if (source_rate_admit(&port->rate, &source, events_now()))
		start(port, connection, &source);
	else
		turn_away(port, &source);
	(void)close(connection);
	poll_again(port);
}

/* --- All of them ---------------------------------------------------------- */

static struct custody_socket *find_socket(const struct custody *custody,
					  uint16_t jail_port)
{
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->mapping.jail_port == jail_port &&
		    !socket->mapping.udp)
			return socket;
	}
	return NULL;
}

static void fill_in(struct connection_port *port, struct supervisor *supervisor,
		    const struct config_service *service)
{
	port->supervisor = supervisor;
	port->service = service;
	port->setting = supervisor->edition->setting;
	port->setting.own_ranges = &supervisor->state;
	port->setting.arguments = service->arguments;
	port->setting.ready = do_nothing;
	port->setting.late = do_nothing;
	port->setting.ended = on_ended;
	port->setting.alarm = on_alarm;
	port->setting.hold = hold_nobody;
	port->setting.context = port;
	port->pause =
		(struct event_timer){ .expired = pause_over, .context = port };
	port->rate.most = service->source_most;
	port->rate.milliseconds = service->source_milliseconds;
}

static int listen_for(struct connection_port *port, struct diag *diag)
{
	struct supervisor *supervisor = port->supervisor;
	struct custody_socket *socket =
		find_socket(supervisor->custody, port->service->port);
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
					      .ready = accept_one,
					      .context = port };
	return events_add(&supervisor->events, &port->source) < 0
		       ? diag_oom(diag)
		       : 0;
}

int connections_begin(struct supervisor *supervisor, struct diag *diag)
{
	const struct config *config = &supervisor->image->config;
	struct connections *connections = &supervisor->connections;
	int r = 0;

	connections->ports =
		calloc(config->service_count + 1, sizeof(*connections->ports));
	if (!connections->ports)
		return diag_oom(diag);
	for (size_t i = 0; r == 0 && i < config->service_count; i++) {
		struct connection_port *port =
			&connections->ports[connections->port_count];

		if (!config->services[i].per_connection)
			continue;
		fill_in(port, supervisor, &config->services[i]);
		connections->port_count++;
		r = listen_for(port, diag);
	}
	return r;
}

size_t connections_count(const struct supervisor *supervisor)
{
	const struct connections *connections = &supervisor->connections;
	size_t count = 0;

	for (size_t i = 0; i < connections->port_count; i++)
		count += connections->ports[i].live_count;
	return count;
}

/* For every one that lives. */
static void each(struct supervisor *supervisor, void (*act)(struct life *life))
{
	struct connections *connections = &supervisor->connections;

	for (size_t i = 0; i < connections->port_count; i++)
		for (struct life *life = connections->ports[i].lives; life;
		     life = life->next)
			act(life);
}

static void close_port(struct connection_port *port)
{
	events_remove(&port->supervisor->events, &port->source);
	events_disarm(&port->supervisor->events, &port->pause);
}

void connections_stop(struct supervisor *supervisor)
{
	struct connections *connections = &supervisor->connections;

	for (size_t i = 0; i < connections->port_count; i++)
		close_port(&connections->ports[i]);
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

void connections_done(struct supervisor *supervisor)
{
	struct connections *connections = &supervisor->connections;

	for (size_t i = 0; i < connections->port_count; i++) {
		struct connection_port *port = &connections->ports[i];

		close_port(port);
		while (port->lives) {
			struct life *life = port->lives;

			forget(port, life);
			life_free(life);
		}
	}
	free(connections->ports);
	*connections = (struct connections){ 0 };
}

static json_t *port_json(const struct connection_port *port)
{
	json_t *generations = json_array();

	for (const struct life *life = port->lives; life; life = life->next)
		json_array_append_new(generations, json_integer(life->number));
	return json_pack("{s:s,s:i,s:i,s:I,s:I,s:o}", "service",
			 port->service->name, "port", port->service->port,
			 "at_most", (int)port->service->at_most, "served",
			 (json_int_t)port->served, "turned_away",
			 (json_int_t)port->turned_away, "generations",
			 generations);
}

json_t *connections_json(const struct supervisor *supervisor)
{
	const struct connections *connections = &supervisor->connections;
	json_t *array;

	if (connections->port_count == 0)
		return NULL;
	array = json_array();
	for (size_t i = 0; i < connections->port_count; i++)
		json_array_append_new(array, port_json(&connections->ports[i]));
	return array;
}
