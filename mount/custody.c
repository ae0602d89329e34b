#include "mount/custody.h"
#include "mount/clock.h"

#include "mount/caller.h"
#include "mount/one_way.h"

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
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_FASTOPEN },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ AF_INET, 0, IPPROTO_IP, IP_TOS },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_PKTINFO },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_RECVTTL },
	{ AF_INET, 0, IPPROTO_IP, IP_MTU_DISCOVER },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_RECVPKTINFO },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_TCLASS },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_MTU_DISCOVER },
};

/* --- The sockets ---------------------------------------------------------- */

static int bind_socket(const struct custody_socket *wanted, int *ret_fd)
{
	bool stream = !wanted->mapping->udp;
	struct sockaddr_storage sockaddr;
	socklen_t length = socket_address_write(&wanted->address, &sockaddr);
	int family = sockaddr.ss_family;
	CLEANUP_CLOSE int fd = -1;
	int one = 1;
	int v6only = wanted->v6only;

	fd = socket(family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -errno;
	/* For UDP it would let others take the datagrams. */
	if (stream &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
					     &v6only, sizeof(v6only)) < 0)
		return -errno;
	if (stream) {
		int r = one_way_tcp(fd);

		if (r < 0)
			return r;
	}
	if (bind(fd, (const struct sockaddr *)&sockaddr, length) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int add_socket(struct custody *custody, struct custody_socket *wanted)
{
	socklen_t length = sizeof(wanted->cookie);
	CLEANUP_CLOSE int fd = -1;
	int r;

	if (custody->socket_count >=
	    CUSTODY_SOCKETS_MAX + custody->table->count)
		return -ENOBUFS;
	r = bind_socket(wanted, &fd);
	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &wanted->cookie, &length) < 0)
		return -errno;
	r = array_grow(&custody->sockets, custody->socket_count,
		       sizeof(*custody->sockets));
	if (r < 0)
		return r;
	wanted->fd = steal_fd(&fd);
	custody->sockets[custody->socket_count++] = *wanted;
	return 0;
}

static void remove_socket(struct custody *custody, size_t index)
{
	close_fd(&custody->sockets[index].fd);
	custody->sockets[index] = custody->sockets[--custody->socket_count];
}

/* Let go of what only reserves the mapping's port. True if there was any. */
static bool release_reserved(struct custody *custody,
			     const struct listen_mapping *mapping)
{
	bool any = false;

	for (size_t i = custody->socket_count; i-- > 0;)
		if (custody->sockets[i].mapping == mapping &&
		    custody->sockets[i].generation == 0) {
			remove_socket(custody, i);
			any = true;
		}
	return any;
}

static bool same_address(const struct socket_address *a,
			 const struct socket_address *b)
{
	return a->family == b->family && a->port == b->port &&
	       a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* The socket for the answer, bound anew if there is none yet. */
static int obtain_socket(struct custody *custody,
			 const struct bind_answer *answer,
			 struct custody_socket **ret_socket)
{
	struct custody_socket wanted = {
		.fd = -1,
		.mapping = answer->mapping,
		.address = answer->address,
		.v6only = answer->v6only,
	};
	int r;

	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->mapping == wanted.mapping &&
		    socket->v6only == wanted.v6only &&
		    same_address(&socket->address, &wanted.address)) {
			*ret_socket = socket;
			return 0;
		}
	}
	r = add_socket(custody, &wanted);
	if (r == -EADDRINUSE && release_reserved(custody, wanted.mapping))
		r = add_socket(custody, &wanted);
	if (r < 0)
		return r;
	*ret_socket = &custody->sockets[custody->socket_count - 1];
	return 0;
}

static struct custody_socket *find_cookie(struct custody *custody,
					  uint64_t cookie)
{
	for (size_t i = 0; i < custody->socket_count; i++)
		if (custody->sockets[i].cookie == cookie)
			return &custody->sockets[i];
	return NULL;
}

/* Every address is IPv6's and IPv4's at once, where the host has IPv6. */
static int reserve(struct custody *custody,
		   const struct listen_mapping *mapping)
{
	struct custody_socket wanted = { .mapping = mapping,
					 .address = mapping->host };
	int r;

	if (mapping->host.family != AF_UNSPEC)
		return add_socket(custody, &wanted);
	wanted.address.family = AF_INET6;
	r = add_socket(custody, &wanted);
	if (r != -EAFNOSUPPORT && r != -EADDRNOTAVAIL)
		return r;
	wanted.address.family = AF_INET;
	return add_socket(custody, &wanted);
}

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
		r = reserve(custody, &table->mappings[i]);
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
	while (custody->socket_count)
		remove_socket(custody, custody->socket_count - 1);
	free(custody->sockets);
	free(custody);
}

void custody_retire(struct custody *custody, unsigned int oldest)
{
	for (size_t i = custody->socket_count; i-- > 0;) {
		struct custody_socket socket = custody->sockets[i];
		struct custody_socket again = { .mapping = socket.mapping,
						.address = socket.address,
						.v6only = socket.v6only };

		if (socket.generation == 0 || socket.generation >= oldest)
			continue;
		remove_socket(custody, i);
		/* Reserve it again; if somebody was faster the service will
		 * be told at its next bind(). */
		(void)!add_socket(custody, &again);
	}
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

	/* Of UDP: a filter of a generation that is gone must not outlive it.
	 * A TCP socket's is ours, and locked. */
	(void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0);
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

	r = obtain_socket(custody, answer, &socket);
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
	socket->generation = generation;
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
	const struct custody_socket *own = find_cookie(custody, caller->cookie);
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
	struct custody_socket *socket = find_cookie(custody, caller->cookie);

	if (!socket)
		return caller_continue(notify_fd, caller);
	report->address = socket->address;
	report->socket = socket;
	if (listen(socket->fd, (int)caller->arguments[1]) < 0) {
		report->event = CUSTODY_FAILED;
		report->error = -errno;
		return caller_finish(notify_fd, caller, report->error);
	}
	socket->listening = true;
	socket->generation = generation;
	report->event = CUSTODY_SERVING;
	return caller_finish(notify_fd, caller, 0);
}

static bool is_internet(const struct caller *caller)
{
	return caller->domain == AF_INET || caller->domain == AF_INET6;
}

int custody_answer(struct custody *custody, int notify_fd,
		   unsigned int generation, struct custody_report *ret_report)
{
	CLEANUP_CALLER struct caller caller = CALLER_INIT;
	struct custody_report report = { .event = CUSTODY_NOTHING };
	int r;

	*ret_report = report;
	r = caller_receive(notify_fd, &caller);
	if (r < 0)
		return r == -ENOENT || r == -EINTR ? 0 : r;
	r = caller_inspect(notify_fd, &caller);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return caller_finish(notify_fd, &caller, r);
	/* Other families act within the jail's namespaces alone. */
	if (!is_internet(&caller))
		return caller_continue(notify_fd, &caller);
	if (caller.number == SYS_listen)
		r = answer_listen(custody, notify_fd, &caller, generation,
				  &report);
	else if (caller.number == SYS_bind)
		r = answer_bind(custody, notify_fd, &caller, generation,
				&report);
	else
		r = caller_finish(notify_fd, &caller, -ENOSYS);
	*ret_report = report;
	return r;
}
