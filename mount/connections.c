#include "mount/connection_port.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { STATUS_SIGNALLED = 128 };

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

void connection_port_forget(struct connection_port *port,
			    const struct life *life)
{
	struct life **link = &port->lives;

	while (*link && *link != life)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = life->next;
	port->live_count--;
}

/* It may be on trial. */
static void fails(const struct connection_port *port, const char *why)
{
	if (port->edition == port->supervisor->edition)
		(void)update_roll_back(port->supervisor, why);
}

static void on_ended(void *context, struct life *life)
{
	struct connection_port *port = context;
	struct supervisor *supervisor = port->supervisor;
	bool crashed;

	log_event(&supervisor->sink, life->number,
		  "service %s ended with status %d after %.1f s",
		  port->service->name, life->status,
		  (double)(events_now() - life->started_at) / 1000000);
	connection_port_forget(port, life);
	if (life->alarms) {
		life->reason = "its connection ended, after alarms";
		evidence_take_rest(supervisor, life);
	}
	custody_release(supervisor->custody, life->number);
	crashed = life->phase == LIFE_READY && life->status > STATUS_SIGNALLED;
	life_free(life);
	if (supervisor->stopping) {
		supervisor_look_for_end(supervisor);
		return;
	}
	poll_again(port);
	if (crashed && ++port->crashes == UPDATE_RESTARTS_MAX)
		fails(port, "connections crashed on trial");
	/* The port may go with its edition. */
	supervisor_forget_editions(supervisor);
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
		fails(port, "a connection could not be served on trial");
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
void connection_port_accept(void *context, short revents UNUSED)
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

void connection_port_fill(struct connection_port *port,
			  struct supervisor *supervisor,
			  const struct edition *edition,
			  const struct config_service *service)
{
	port->supervisor = supervisor;
	port->edition = edition;
	port->service = service;
	port->setting = edition->setting;
	port->setting.own_ranges = &supervisor->state;
	port->setting.arguments = service->arguments;
	port->setting.ready = do_nothing;
	port->setting.late = do_nothing;
	port->setting.ended = on_ended;
	port->setting.alarm = on_alarm;
	port->setting.hold = hold_nobody;
	port->setting.context = port;
	port->source = (struct event_source){ .fd = -1 };
	port->pause =
		(struct event_timer){ .expired = pause_over, .context = port };
	port->rate.most = service->source_most;
	port->rate.milliseconds = service->source_milliseconds;
}
