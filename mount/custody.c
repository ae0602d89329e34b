#include "mount/custody.h"

#include "mount/clock.h"
#include "mount/custody_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * What a service may have set on its socket before bind() and would miss on
 * ours. Carried over each time, defaults too: that also takes back what an
 * intruder in the generation before did to the socket.
 */
static const struct {
	int domain, type; /* 0: any */
	int level, name;
} carried_options[] = {
	{ 0, 0, SOL_SOCKET, SO_KEEPALIVE },
	{ 0, 0, SOL_SOCKET, SO_BROADCAST },
	{ 0, 0, SOL_SOCKET, SO_TIMESTAMP },
	{ 0, 0, SOL_SOCKET, SO_RCVLOWAT },
	{ 0, 0, SOL_SOCKET, SO_BUSY_POLL },
	{ 0, 0, SOL_SOCKET, SO_DONTROUTE },
	{ 0, 0, SOL_SOCKET, SO_PRIORITY },
	{ 0, 0, SOL_SOCKET, SO_MAX_PACING_RATE },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_FASTOPEN },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ 0, 0, IPPROTO_IP, IP_TOS },
	{ 0, 0, IPPROTO_IP, IP_TTL },
	{ 0, 0, IPPROTO_IP, IP_MINTTL },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_PKTINFO },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_RECVTTL },
	{ AF_INET, 0, IPPROTO_IP, IP_MTU_DISCOVER },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_RECVPKTINFO },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_TCLASS },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_MINHOPCOUNT },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_MTU_DISCOVER },
};

static int explain(const struct listen_mapping *mapping, int error,
		   struct diag *diag)
{
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
		diag_hint(diag, "the address must be one of this host's own");
	return error;
}

int custody_new(const struct listen_table *table, struct custody **ret_custody,
		struct diag *diag)
{
	struct custody *custody = calloc(1, sizeof(*custody));
	int r;

	if (!custody)
		return diag_oom(diag);
	custody->table = table;
	for (size_t i = 0; i < table->count; i++) {
		r = custody_reserve(custody, &table->mappings[i]);
		if (r < 0) {
			custody_free(custody);
			return explain(&table->mappings[i], r, diag);
		}
	}
	*ret_custody = custody;
	return 0;
}

void custody_free(struct custody *custody)
{
	if (!custody)
		return;
	custody_remove_all(custody);
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

static void carry_options(const struct caller *caller, int fd)
{
	int flags = fcntl(caller->socket, F_GETFL);
	struct linger linger;
	socklen_t length = sizeof(linger);

	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(carried_options); i++) {
		int level = carried_options[i].level;
		int name = carried_options[i].name;
		int value;

		length = sizeof(value);
		if ((carried_options[i].domain &&
		     carried_options[i].domain != caller->domain) ||
		    (carried_options[i].type &&
		     carried_options[i].type != caller->type))
			continue;
		if (getsockopt(caller->socket, level, name, &value, &length) ==
		    0)
			(void)setsockopt(fd, level, name, &value, length);
	}
	length = sizeof(linger);
	if (getsockopt(caller->socket, SOL_SOCKET, SO_LINGER, &linger,
		       &length) == 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, length);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags);
}

/* The kernel gives twice what was asked for and wants what is to be asked
 * for; SO_BUF_LOCK tells whether anything was. */
static void carry_buffers(const struct caller *caller, int fd)
{
	static const struct {
		int name, lock;
	} buffers[] = { { SO_SNDBUF, 1 }, { SO_RCVBUF, 2 } };
	socklen_t length = sizeof(int);
	int locks;

	if (getsockopt(caller->socket, SOL_SOCKET, SO_BUF_LOCK, &locks,
		       &length) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		int size;

		length = sizeof(size);
		if (!(locks & buffers[i].lock) ||
		    getsockopt(caller->socket, SOL_SOCKET, buffers[i].name,
			       &size, &length) < 0)
			continue;
		size /= 2;
		(void)setsockopt(fd, SOL_SOCKET, buffers[i].name, &size,
				 sizeof(size));
	}
}

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

static int give_socket(struct custody *custody, int notify_fd,
		       const struct caller *caller,
		       const struct bind_answer *answer,
		       unsigned int generation, struct custody_report *report)
{
	struct custody_socket *socket = NULL;
	int r;

	r = custody_obtain(custody, answer, generation, &socket);
	if (r == 0) {
		carry_options(caller, socket->fd);
		carry_buffers(caller, socket->fd);
		r = caller_replace(notify_fd, caller, socket->fd);
	}
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		report->event = CUSTODY_FAILED;
		report->error = r;
		return caller_finish(notify_fd, caller, r);
	}
	if (socket->mapping->udp) {
		report->event = CUSTODY_SERVING;
		report->socket = socket;
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

static int answer_bind(struct custody *custody, int notify_fd,
		       const struct caller *caller, unsigned int generation,
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
	listen_table_decide(custody->table, &request, &answer);
	switch (answer.verdict) {
	case BIND_REFUSE:
		record_refusal(custody, generation, caller, &request.address);
		report->event = CUSTODY_REFUSED;
		return caller_finish(notify_fd, caller, -EACCES);
	case BIND_UNREACHABLE:
		report->event = CUSTODY_UNREACHABLE;
		return bind_inside(notify_fd, caller);
	case BIND_GIVE:
		break;
	}
	/* A signal may have interrupted the call after its descriptor was
	 * replaced: the kernel then makes it again. */
	if (own && own->mapping == answer.mapping)
		return caller_finish(notify_fd, caller, 0);
	if (own)
		return caller_finish(notify_fd, caller, -EINVAL);
	return give_socket(custody, notify_fd, caller, &answer, generation,
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

	if (!socket)
		return caller_continue(notify_fd, caller);
	report->address = socket->address;
	report->socket = socket;
	r = custody_listen(socket, generation, (int)caller->arguments[1]);
	if (r < 0) {
		report->event = CUSTODY_FAILED;
		report->error = r;
	} else {
		report->event = CUSTODY_SERVING;
	}
	return caller_finish(notify_fd, caller, r);
}

static bool is_internet(const struct caller *caller)
{
	return caller->domain == AF_INET || caller->domain == AF_INET6;
}

int custody_answer(struct custody *custody, int notify_fd,
		   struct caller *caller, unsigned int generation,
		   struct custody_report *ret_report)
{
	struct custody_report report = { .event = CUSTODY_NOTHING };
	int r = caller_inspect(notify_fd, caller);

	*ret_report = report;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return caller_finish(notify_fd, caller, r);
	/* Other families act within the jail's namespaces alone. */
	if (!is_internet(caller))
		return caller_continue(notify_fd, caller);
	if (caller->number == SYS_listen)
		r = answer_listen(custody, notify_fd, caller, generation,
				  &report);
	else if (caller->number == SYS_bind)
		r = answer_bind(custody, notify_fd, caller, generation,
				&report);
	else
		r = caller_finish(notify_fd, caller, -ENOSYS);
	*ret_report = report;
	return r;
}
