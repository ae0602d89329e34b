#include "mount/calls.h"

#include "mount/network_namespace.h"
#include "mount/one_way.h"
#include "mount/socket_options.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* A caller that is kept waiting for its connection. */
struct waiting_call {
	struct waiting_call *next;
	struct calls *calls;
	int notify_fd;
	struct caller caller; /* owned */
	struct event_source socket;
	struct event_timer deadline; /* its SO_SNDTIMEO */
};

/* --- Waiting -------------------------------------------------------------- */

static void forget(struct waiting_call *call)
{
	struct calls *calls = call->calls;
	struct waiting_call **link = &calls->waiting;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	calls->waiting_count--;
	events_remove(calls->events, &call->socket);
	events_disarm(calls->events, &call->deadline);
	close_fd(&call->socket.fd);
	caller_done(&call->caller);
	free(call);
}

void calls_forget(struct calls *calls, int notify_fd)
{
	struct waiting_call *next;

	for (struct waiting_call *call = calls->waiting; call; call = next) {
		next = call->next;
		if (call->notify_fd == notify_fd)
			forget(call);
	}
}

void calls_done(struct calls *calls)
{
	while (calls->waiting)
		forget(calls->waiting);
}

/* The socket becomes the caller's, with the flags that it had set on its own.
 * `result` is what connect() returns: of one that goes on, EINPROGRESS. */
static int give(int notify_fd, const struct caller *caller, int fd, int result)
{
	int r;

	socket_options_carry(caller, fd);
	r = caller_replace(notify_fd, caller, fd);
	if (r == -ENOENT)
		return 0;
	return caller_finish(notify_fd, caller, r < 0 ? r : result);
}

static void finish(struct waiting_call *call, int result)
{
	bool stands = result == 0 || result == -EINPROGRESS;

	/* A generation that is gone by now needs no answer. */
	(void)(stands ? give(call->notify_fd, &call->caller, call->socket.fd,
			     result)
		      : caller_finish(call->notify_fd, &call->caller, result));
	forget(call);
}

static void socket_ready(void *context, short revents UNUSED)
{
	struct waiting_call *call = context;
	socklen_t length = sizeof(int);
	int error = 0;

	if (getsockopt(call->socket.fd, SOL_SOCKET, SO_ERROR, &error, &length) <
	    0)
		error = errno;
	finish(call, -error);
}

/* As connect(2) does: the attempt goes on. */
static void deadline_over(void *context)
{
	finish(context, -EINPROGRESS);
}

static int64_t patience_of(const struct caller *caller)
{
	struct timeval time = { 0 };
	socklen_t length = sizeof(time);

	if (getsockopt(caller->socket, SOL_SOCKET, SO_SNDTIMEO, &time,
		       &length) < 0)
		return 0;
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

/* Takes the socket and what the caller holds over when it returns 0. */
static int wait_for(struct calls *calls, int notify_fd, struct caller *caller,
		    int *fd)
{
	struct waiting_call *call;
	int64_t patience = patience_of(caller);
	int r;

	if (calls->waiting_count >= CALLS_WAITING_MAX)
		return -EAGAIN;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->calls = calls;
	call->notify_fd = notify_fd;
	call->socket = (struct event_source){ .fd = *fd,
					      .events = POLLOUT,
					      .ready = socket_ready,
					      .context = call };
	call->deadline = (struct event_timer){ .expired = deadline_over,
					       .context = call };
	r = events_add(calls->events, &call->socket);
	if (r == 0 && patience)
		r = events_arm(calls->events, &call->deadline,
			       events_now() + patience);
	if (r < 0) {
		events_remove(calls->events, &call->socket);
		free(call);
		return r;
	}
	*fd = -1;
	call->caller = *caller;
	caller->socket = -1;
	call->next = calls->waiting;
	calls->waiting = call;
	calls->waiting_count++;
	return 0;
}

/* --- Calling -------------------------------------------------------------- */

static int connect_copy(const struct caller *caller, int fd)
{
	struct sockaddr_storage address = { 0 };

	memcpy(&address, caller->address, caller->address_length);
	return connect(fd, (const struct sockaddr *)&address,
		       (socklen_t)caller->address_length) < 0
		       ? -errno
		       : 0;
}

/* Whatever protocol of its type the caller had: what is said of these two holds
 * for no other. */
static int open_socket(const struct calls *calls, const struct caller *caller,
		       const struct socket_address *peer)
{
	int domain = caller->domain, fd;

	if (caller->type == SOCK_DGRAM && calls->udp->group)
		return one_way_udp_socket_to(calls->udp, domain, peer);
	fd = socket(domain, caller->type | SOCK_CLOEXEC,
		    caller->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP);
	return fd < 0 ? -errno : fd;
}

static int call_peer(struct calls *calls, int notify_fd, struct caller *caller,
		     const struct socket_address *address)
{
	const struct socket_address peer = peers_plain(address);
	CLEANUP_CLOSE int fd = open_socket(calls, caller, &peer);
	int flags = fcntl(caller->socket, F_GETFL);
	int r;

	if (fd < 0)
		return caller_finish(notify_fd, caller, fd);
	socket_options_carry(caller, fd);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	r = one_way_to_peer(fd, &peer);
	if (r == 0)
		r = connect_copy(caller, fd);
	if (r == 0 || (r == -EINPROGRESS && flags >= 0 && flags & O_NONBLOCK))
		return give(notify_fd, caller, fd, r);
	if (r == -EINPROGRESS)
		r = wait_for(calls, notify_fd, caller, &fd);
	else
		return caller_finish(notify_fd, caller, r);
	return r < 0 ? caller_finish(notify_fd, caller, r) : 0;
}

/* In the jail's own network, where nobody is; or undone, with AF_UNSPEC. */
static int act_inside(int notify_fd, const struct caller *caller)
{
	int r;

	if (socket_is_of_host(caller->socket))
		return caller_finish(notify_fd, caller, -EACCES);
	/* Ours is the same open socket: it must not keep us waiting. Nobody
	 * is there who could. */
	r = connect_copy(caller, caller->socket);
	return caller_finish(notify_fd, caller, r);
}

static bool is_undoing(const struct caller *caller)
{
	sa_family_t family;

	if (caller->address_length < sizeof(family))
		return false;
	memcpy(&family, caller->address, sizeof(family));
	return family == AF_UNSPEC;
}

int calls_answer(struct calls *calls, int notify_fd, struct caller *caller,
		 const struct peers *peers, bool *ret_refused,
		 struct socket_address *ret_address)
{
	bool udp = caller->type == SOCK_DGRAM;
	int r;

	*ret_refused = false;
	if (is_undoing(caller))
		return act_inside(notify_fd, caller);
	r = socket_address_read(caller->domain, caller->address,
				caller->address_length, ret_address);
	if (r < 0)
		return caller_finish(notify_fd, caller, r);
	if (((udp && caller->protocol == IPPROTO_UDP) ||
	     caller->type == SOCK_STREAM) &&
	    peers_have(peers, ret_address, udp)) {
		/* One that is connected already is told so by the kernel. */
		if (!udp && socket_is_of_host(caller->socket))
			return caller_finish(
				notify_fd, caller,
				connect_copy(caller, caller->socket));
		return call_peer(calls, notify_fd, caller, ret_address);
	}
	/* getaddrinfo() does that with UDP, to learn of its own address, and
	 * sends nothing. */
	*ret_refused = !udp;
	return caller_finish(notify_fd, caller, -ENETUNREACH);
}
