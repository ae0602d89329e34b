#include "mount/custody.h"

#include "mount/clock.h"
#include "mount/custody_keep.h"
#include "mount/custody_sockets.h"
#include "mount/reuseport.h"
#include "mount/socket_options.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

static int explain(const struct custody *custody,
		   const struct listen_mapping *mapping, int error,
		   struct diag *diag)
{
	bool own = custody->kind == CONFIG_NETWORK_OWN;
	const char *protocol = mapping->udp ? "UDP" : "TCP";
	char address[ADDRESS_TEXT_SIZE];

	socket_address_format(&mapping->host, address);
	if (error == -ENOMEM)
		return diag_oom(diag);
	diag_errno(diag, error, "cannot listen on %s %s for the jail's port %u",
		   protocol, address, mapping->jail_port);
	if (error == -EADDRINUSE)
		diag_hint(diag,
			  "see who has it with: ss -lnp sport = :%u; or choose "
			  "another port with --listen PORT:%u%s",
			  mapping->host.port, mapping->jail_port,
			  mapping->udp ? "/udp" : "");
	else if (error == -EADDRNOTAVAIL)
		diag_hint(diag, "the address must be one of %s own",
			  own ? "the jail's" : "this host's");
	return error;
}

static bool names(const struct listen_table *table,
		  const struct listen_mapping *mapping)
{
	for (size_t i = 0; i < table->count; i++)
		if (listen_mapping_same(&table->mappings[i], mapping))
			return true;
	return false;
}

static bool has(const struct custody *custody,
		const struct listen_mapping *mapping)
{
	for (size_t i = 0; i < custody->socket_count; i++)
		if (listen_mapping_same(&custody->sockets[i].mapping, mapping))
			return true;
	return false;
}

int custody_extend(struct custody *custody, const struct listen_table *table,
		   const struct peers *peers, struct diag *diag)
{
	size_t before = custody->socket_count;

	custody_open_udp(custody, table, peers);
	/* As many again: those of another table may stay for a while. */
	custody->reserved += table->count;
	for (size_t i = 0; i < table->count; i++) {
		int r = 0;

		if (!has(custody, &table->mappings[i]))
			r = custody_reserve(custody, &table->mappings[i]);
		if (r < 0) {
			custody_drop(custody, before);
			custody->reserved -= table->count;
			return explain(custody, &table->mappings[i], r, diag);
		}
	}
	return 0;
}

void custody_narrow(struct custody *custody, const struct listen_table *table)
{
	for (size_t i = custody->socket_count; i-- > 0;)
		if (!names(table, &custody->sockets[i].mapping))
			custody_remove(custody, i);
	custody->reserved = table->count;
}

int custody_new(const struct custody_setting *setting,
		struct custody **ret_custody, struct diag *diag)
{
	struct custody *custody = calloc(1, sizeof(*custody));
	int r;

	if (!custody)
		return diag_oom(diag);
	custody->kind = setting->kind;
	custody->network = setting->network;
	custody->groups = setting->groups;
	custody->udp = ONE_WAY_UDP_INIT;
	custody->calls = (struct calls){ .events = setting->events,
					 .udp = &custody->udp };
	custody->manager = setting->manager;
	custody->parts = reuseport_check() == 0;
	custody_open_udp(custody, setting->table, setting->peers);
	r = custody_adopt(custody, setting->table);
	if (r < 0)
		diag_oom(diag);
	else
		r = custody_extend(custody, setting->table, setting->peers,
				   diag);
	if (r < 0) {
		custody_free(custody);
		return r;
	}
	*ret_custody = custody;
	return 0;
}

void custody_free(struct custody *custody)
{
	if (!custody)
		return;
	calls_done(&custody->calls);
	/* What is kept outlives us: that is what it is kept for. */
	custody->manager = NULL;
	custody_drop(custody, 0);
	while (custody->leaving_count)
		custody_gone(custody, custody->leaving[0].generation);
	free(custody->leaving);
	one_way_udp_close(&custody->udp);
	free(custody->sockets);
	free(custody);
}

/* --- Refusals ------------------------------------------------------------- */

static void record_refusal(struct custody *custody, unsigned int generation,
			   const struct caller *caller,
			   const struct socket_address *address)
{
	struct custody_refusal *refusal =
		&custody->refusals[custody->refusal_count++ %
				   CUSTODY_REFUSALS_KEPT];

	*refusal = (struct custody_refusal){
		.time = time_now(),
		.generation = generation,
		.type = caller->type,
		.address = *address,
		.pid = caller->thread,
	};
	caller_command(caller, refusal->command, sizeof(refusal->command));
}

const struct custody_refusal *custody_refusal(const struct custody *custody,
					      size_t index)
{
	if (index >= custody->refusal_count || index >= CUSTODY_REFUSALS_KEPT)
		return NULL;
	return &custody->refusals[(custody->refusal_count - 1 - index) %
				  CUSTODY_REFUSALS_KEPT];
}

/* --- bind(2) -------------------------------------------------------------- */

static int read_v6only(const struct caller *caller, bool *ret_v6only)
{
	socklen_t length = sizeof(int);
	int v6only = 0;

	if (caller->domain == AF_INET6 &&
	    getsockopt(caller->socket, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
		       &length) < 0)
		return -errno;
	*ret_v6only = v6only;
	return 0;
}

static bool has_option(const struct caller *caller, int name)
{
	socklen_t length = sizeof(int);
	int value = 0;

	return getsockopt(caller->socket, SOL_SOCKET, name, &value, &length) ==
		       0 &&
	       value;
}

static int give_socket(struct custody *custody, int notify_fd,
		       const struct caller *caller, struct custody_bind *bind,
		       struct custody_report *report)
{
	struct custody_socket *socket = NULL;
	int r;

	bind->shares = has_option(caller, SO_REUSEPORT) ||
		       (bind->answer->mapping->udp &&
			has_option(caller, SO_REUSEADDR));
	r = custody_obtain(custody, bind, &socket);
	if (r == 0) {
		socket_options_carry(caller, socket->fd);
		r = caller_replace(notify_fd, caller, socket->fd);
		socket->seen = (struct holder){ caller->thread,
						(int)caller->arguments[0] };
	}
	if (r == -ENOENT)
		return 0;
	/* That is between two of the jail. */
	if (r == -EBUSY)
		return caller_finish(notify_fd, caller, -EADDRINUSE);
	if (r < 0) {
		report->event = CUSTODY_FAILED;
		report->error = r;
		return caller_finish(notify_fd, caller, r);
	}
	if (socket->mapping.udp) {
		custody_admit_peers(custody, bind->holder.peers);
		report->event = CUSTODY_SERVING;
		report->socket = socket;
		custody_keep(custody, socket);
	}
	return caller_finish(notify_fd, caller, 0);
}

/* On the caller's own socket, in the jail's empty namespace. The service is
 * told that all is well even for a port that it has no privilege for. */
static int bind_inside(int notify_fd, const struct caller *caller)
{
	struct sockaddr_storage sockaddr;
	int r;

	memcpy(&sockaddr, caller->address, sizeof(sockaddr));
	r = bind(caller->socket, (const struct sockaddr *)&sockaddr,
		 (socklen_t)caller->address_length);
	return caller_finish(notify_fd, caller, r < 0 ? -errno : 0);
}

/* What the table does not name and is not refused either. */
static bool is_left_to_kernel(const struct custody *custody, uint16_t port)
{
	switch (custody->kind) {
	case CONFIG_NETWORK_HOST:
		return port == 0 || port >= IPPORT_RESERVED;
	case CONFIG_NETWORK_OWN:
		/* It is to be called from: the filter lets nobody in. */
		return port == 0;
	case CONFIG_NETWORK_SEALED:
		break;
	}
	return false;
}

static int answer_bind(struct custody *custody, int notify_fd,
		       const struct caller *caller,
		       struct custody_holder holder,
		       struct custody_report *report)
{
	struct bind_request request = { .domain = caller->domain,
					.type = caller->type,
					.protocol = caller->protocol };
	const struct custody_socket *own =
		custody_find(custody, caller->cookie);
	struct bind_answer answer;
	int r;

	r = socket_address_read(caller->domain, caller->address,
				caller->address_length, &request.address);
	if (r == 0)
		r = read_v6only(caller, &request.v6only);
	if (r < 0)
		return caller_finish(notify_fd, caller, r);
	report->address = request.address;
	listen_table_decide(holder.table, &request, &answer);
	switch (answer.verdict) {
	case BIND_REFUSE:
		if (is_left_to_kernel(custody, request.address.port))
			return bind_inside(notify_fd, caller);
		record_refusal(custody, holder.generation, caller,
			       &request.address);
		report->event = CUSTODY_REFUSED;
		return caller_finish(notify_fd, caller, -EACCES);
	case BIND_UNREACHABLE:
		/* A connection that was dissolved is no socket of the jail's.
		 */
		if (custody->kind == CONFIG_NETWORK_SEALED &&
		    socket_is_of_host(caller->socket))
			return caller_finish(notify_fd, caller, -EACCES);
		report->event = CUSTODY_UNREACHABLE;
		return bind_inside(notify_fd, caller);
	case BIND_GIVE:
		break;
	}
	/* A signal may have interrupted the call after its descriptor was
	 * replaced: the kernel then makes it again. */
	if (own && listen_mapping_same(&own->mapping, answer.mapping))
		return caller_finish(notify_fd, caller, 0);
	if (own)
		return caller_finish(notify_fd, caller, -EINVAL);
	return give_socket(custody, notify_fd, caller,
			   &(struct custody_bind){ .answer = &answer,
						   .holder = holder,
						   .asked = request.address },
			   report);
}

/* --- listen(2) ------------------------------------------------------------ */

/*
 * Done here and not left to the caller: when the answer is on its way the
 * socket listens, and whoever waits for that may be told.
 */
static int answer_listen(struct custody *custody, int notify_fd,
			 const struct caller *caller, unsigned int generation,
			 struct custody_report *report)
{
	struct custody_socket *socket = custody_find(custody, caller->cookie);
	int r;

	/* In the jail's own network it may; done here, whatever the family,
	 * since another socket could lie under the descriptor by the time the
	 * kernel looks. What is left of a call to a peer, and a connection that
	 * was dissolved, would listen on the host. */
	if (!socket && custody->kind != CONFIG_NETWORK_HOST &&
	    socket_is_of_host(caller->socket))
		return caller_finish(notify_fd, caller, -EACCES);
	if (!socket) {
		r = caller_listen(notify_fd, caller);
		return r == -ENOENT ? 0 : caller_finish(notify_fd, caller, r);
	}
	report->address = socket->address;
	report->socket = socket;
	r = custody_listen(socket, generation, (int)caller->arguments[1]);
	if (r < 0) {
		report->event = CUSTODY_FAILED;
		report->error = r;
	} else {
		report->event = CUSTODY_SERVING;
		custody_keep(custody, socket);
	}
	return caller_finish(notify_fd, caller, r);
}

static int answer_connect(struct custody *custody, int notify_fd,
			  struct caller *caller, const struct peers *peers,
			  struct custody_report *report)
{
	bool refused;
	int r = calls_answer(&custody->calls, notify_fd, caller, peers,
			     &refused, &report->address);

	if (refused)
		report->event = CUSTODY_NO_PEER;
	return r;
}

static bool is_internet(const struct caller *caller)
{
	return caller->domain == AF_INET || caller->domain == AF_INET6;
}

int custody_answer(struct custody *custody, int notify_fd,
		   struct caller *caller, struct custody_holder holder,
		   struct custody_report *ret_report)
{
	struct custody_report report = { .event = CUSTODY_NOTHING };
	int r = caller_inspect(notify_fd, caller);

	*ret_report = report;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return caller_finish(notify_fd, caller, r);
	/* Other families act within the jail's namespaces alone. Should another
	 * socket lie under the descriptor by then, Landlock keeps it from being
	 * bound and its filter from calling. */
	if (caller->number == SYS_listen)
		r = answer_listen(custody, notify_fd, caller, holder.generation,
				  &report);
	else if (!is_internet(caller))
		r = caller_continue(notify_fd, caller);
	else if (caller->number == SYS_bind)
		r = answer_bind(custody, notify_fd, caller, holder, &report);
	else if (caller->number == SYS_connect)
		r = answer_connect(custody, notify_fd, caller, holder.peers,
				   &report);
	else
		r = caller_finish(notify_fd, caller, -ENOSYS);
	*ret_report = report;
	return r;
}
