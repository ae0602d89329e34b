#include "mount/accepted.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

/* An address and a port, as inet_diag has them. */
static bool put(const struct sockaddr_storage *sockaddr, __be32 *address,
		__be16 *port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sockaddr->ss_family == AF_INET) {
		memcpy(&in, sockaddr, sizeof(in));
		memcpy(address, &in.sin_addr, sizeof(in.sin_addr));
		*port = in.sin_port;
		return true;
	}
	if (sockaddr->ss_family != AF_INET6)
		return false;
	memcpy(&in6, sockaddr, sizeof(in6));
	memcpy(address, &in6.sin6_addr, sizeof(in6.sin6_addr));
	*port = in6.sin6_port;
	return true;
}

/* Of the other end: what is near for us is far for it. */
static bool describe(int socket, struct request *request)
{
	struct sockaddr_storage near, far;
	socklen_t near_length = sizeof(near), far_length = sizeof(far);
	struct inet_diag_sockid *id = &request->body.id;

	if (getsockname(socket, (struct sockaddr *)&near, &near_length) < 0 ||
	    getpeername(socket, (struct sockaddr *)&far, &far_length) < 0)
		return false;
	request->header.nlmsg_len = sizeof(*request);
	request->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->header.nlmsg_flags = NLM_F_REQUEST;
	request->body.sdiag_family = (uint8_t)near.ss_family;
	request->body.sdiag_protocol = IPPROTO_TCP;
	request->body.idiag_states = UINT32_MAX;
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return put(&far, id->idiag_src, &id->idiag_sport) &&
	       put(&near, id->idiag_dst, &id->idiag_dport);
}

/* The kernel answers within send(2). Until it is accepted it has no inode; and
 * a listening socket is what is found before there is a connection. */
static bool ask(int netlink, const struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_msg body;
		char rest[1024];
	} answer;
	ssize_t got;

	if (send(netlink, request, sizeof(*request), 0) < 0)
		return false;
	got = recv(netlink, &answer, sizeof(answer), MSG_DONTWAIT);
	return got >= (ssize_t)offsetof(typeof(answer), rest) &&
	       answer.header.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	       answer.body.idiag_state != TCP_LISTEN &&
	       answer.body.idiag_state != TCP_SYN_RECV &&
	       answer.body.idiag_inode != 0;
}

bool is_accepted(int socket, const struct network_namespace *network)
{
	struct request request;
	CLEANUP_CLOSE int netlink = network_namespace_socket(
		network, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
		NETLINK_SOCK_DIAG);

	memset(&request, 0, sizeof(request));
	return netlink >= 0 && describe(socket, &request) &&
	       ask(netlink, &request);
}
