#include "pack/trace_decode_address.h"

#include "pack/trace_path.h"
#include "pack/trace_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static bool is_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       IN6_IS_ADDR_UNSPECIFIED(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

static int take_internet(const struct sockaddr_storage *from,
			 struct trace_address *to)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const void *address;

	if (from->ss_family == AF_INET) {
		to->family = TRACE_IPV4;
		to->port = ntohs(in->sin_port);
		to->loopback = ntohl(in->sin_addr.s_addr) >> 24 == 127 ||
			       in->sin_addr.s_addr == htonl(INADDR_ANY);
		address = &in->sin_addr;
	} else {
		to->family = TRACE_IPV6;
		to->port = ntohs(in6->sin6_port);
		to->loopback = is_loopback(&in6->sin6_addr);
		address = &in6->sin6_addr;
	}
	return inet_ntop(from->ss_family, address, to->text, sizeof(to->text))
		       ? 0
		       : -errno;
}

static int take_unix(pid_t thread, const struct sockaddr_un *address,
		     size_t length, struct trace_event *event)
{
	char path[sizeof(address->sun_path) + 1] = "";
	struct trace_name name = { .thread = thread,
				   .directory = AT_FDCWD,
				   .text = path,
				   .follow = event->call->kind == TRACE_CONNECT,
				   .actor = &event->actor };

	if (length <= offsetof(struct sockaddr_un, sun_path))
		return -ENODATA;
	memcpy(path, address->sun_path,
	       length - offsetof(struct sockaddr_un, sun_path));
	if (path[0] == '\0')
		return -ENODATA; /* abstract */
	event->address.family = TRACE_UNIX;
	event->relative = path[0] != '/';
	return trace_path_look(&name, &event->seen[0]);
}

/* What kind of socket, and, if it listens, where. */
static void take_socket(pid_t thread, struct trace_event *event,
			struct sockaddr_storage *name)
{
	CLEANUP_CLOSE int fd =
		process_take_descriptor(thread, (int)event->arguments[0]);
	socklen_t length = sizeof(int);
	int type = SOCK_STREAM;

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0)
		event->address.datagram = type == SOCK_DGRAM;
	length = sizeof(*name);
	if (event->call->kind == TRACE_LISTEN &&
	    getsockname(fd, (struct sockaddr *)name, &length) < 0)
		name->ss_family = AF_UNSPEC;
}

int trace_decode_address(pid_t thread, struct trace_event *event)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	size_t length = (uint32_t)event->arguments[2];
	int r = 0;

	if (event->call->kind != TRACE_LISTEN) {
		if (length < sizeof(address.ss_family) ||
		    length > sizeof(address))
			return -ENODATA;
		r = process_read(thread, event->arguments[1], &address, length);
	}
	if (r < 0)
		return r;
	take_socket(thread, event, &address);
	switch (address.ss_family) {
	case AF_INET:
	case AF_INET6:
		return take_internet(&address, &event->address);
	case AF_UNIX:
		if (event->call->kind == TRACE_LISTEN ||
		    length > sizeof(struct sockaddr_un))
			return -ENODATA;
		return take_unix(thread, (const struct sockaddr_un *)&address,
				 length, event);
	default:
		return -ENODATA;
	}
}
