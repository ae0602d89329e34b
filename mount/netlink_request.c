#include "mount/netlink_request.h"

#include <errno.h>
#include <string.h>

enum { ANSWER_SIZE = 32768 /* what the kernel fills at most in a dump */ };

int netlink_open(struct links *ret_links, int family, struct diag *diag)
{
	struct links links = LINKS_INIT;
	int r = netlink_library_load(&links.library, diag);

	if (r < 0)
		return r;
	links.socket = links.library.socket_open2(family, SOCK_CLOEXEC);
	if (!links.socket || links.library.socket_bind(
				     links.socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		links_close(&links);
		return diag_errno(diag, r, "cannot open a netlink socket");
	}
	*ret_links = links;
	return 0;
}

int links_open(struct links *ret_links, struct diag *diag)
{
	return netlink_open(ret_links, NETLINK_ROUTE, diag);
}

void links_close(struct links *links)
{
	if (links->socket)
		(void)links->library.socket_close(links->socket);
	*links = LINKS_INIT;
}

void *netlink_begin(const struct links *links, struct netlink_request *request,
		    uint16_t type, uint16_t flags, size_t header_size)
{
	request->library = &links->library;
	request->header = links->library.nlmsg_put_header(request->buffer);
	request->header->nlmsg_type = type;
	request->header->nlmsg_flags = NLM_F_REQUEST | flags;
	return links->library.nlmsg_put_extra_header(request->header,
						     header_size);
}

void netlink_put(struct netlink_request *request, uint16_t type,
		 const void *data, size_t length)
{
	request->library->attr_put(request->header, type, length, data);
}

void netlink_put_number(struct netlink_request *request, uint16_t type,
			uint32_t number)
{
	netlink_put(request, type, &number, sizeof(number));
}

void netlink_put_text(struct netlink_request *request, uint16_t type,
		      const char *text)
{
	netlink_put(request, type, text, strlen(text) + 1);
}

void netlink_put_address(struct netlink_request *request, uint16_t type,
			 const struct socket_address *address)
{
	netlink_put(request, type, address->bytes,
		    netlink_address_size(address));
}

struct nlattr *netlink_nest(struct netlink_request *request, uint16_t type)
{
	return request->library->attr_nest_start(request->header, type);
}

void netlink_end_nest(struct netlink_request *request, struct nlattr *nested)
{
	request->library->attr_nest_end(request->header, nested);
}

size_t netlink_address_size(const struct socket_address *address)
{
	return address->family == AF_INET ? 4 : 16;
}

/* A list that has changed while it was read is marked as such. What changes
 * meanwhile is others', and not what is looked for. */
static void forgive_changes(void *answer, size_t length)
{
	struct nlmsghdr *message = answer;
	unsigned int left = (unsigned int)length;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
		message->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
}

int netlink_ask(struct links *links, struct netlink_request *request,
		mnl_cb_t take, void *context)
{
	const struct netlink_library *library = &links->library;
	unsigned int port = library->socket_get_portid(links->socket);
	CLEANUP_FREE char *answer = malloc(ANSWER_SIZE);
	ssize_t got;
	int r = MNL_CB_OK;

	if (!answer)
		return -ENOMEM;
	request->header->nlmsg_seq = ++links->sequence;
	if (library->socket_sendto(links->socket, request->header,
				   request->header->nlmsg_len) < 0)
		return -errno;
	while (r > MNL_CB_STOP) {
		got = library->socket_recvfrom(links->socket, answer,
					       ANSWER_SIZE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		forgive_changes(answer, (size_t)got);
		r = library->cb_run(answer, (size_t)got, links->sequence, port,
				    take, context);
	}
	return r < 0 ? -errno : 0;
}

int netlink_order(struct links *links, struct netlink_request *request)
{
	request->header->nlmsg_flags |= NLM_F_ACK;
	return netlink_ask(links, request, NULL, NULL);
}

/* --- Attributes of an answer ---------------------------------------------- */

static int keep(const struct nlattr *attribute, void *context)
{
	struct netlink_attributes *attributes = context;
	uint16_t type = attributes->library->attr_get_type(attribute);

	if (type < NETLINK_ATTRIBUTES_MAX)
		attributes->of[type] = attribute;
	return MNL_CB_OK;
}

void netlink_attributes(const struct netlink_library *library,
			const struct nlmsghdr *message, size_t header_size,
			struct netlink_attributes *ret_attributes)
{
	*ret_attributes = (struct netlink_attributes){ .library = library };
	(void)library->attr_parse(message, (unsigned int)header_size, keep,
				  ret_attributes);
}

void netlink_attributes_within(const struct netlink_library *library,
			       const struct nlattr *nested,
			       struct netlink_attributes *ret_attributes)
{
	*ret_attributes = (struct netlink_attributes){ .library = library };
	if (nested)
		(void)library->attr_parse_nested(nested, keep, ret_attributes);
}

const void *netlink_bytes(const struct netlink_attributes *attributes, int type,
			  size_t length)
{
	const struct netlink_library *library = attributes->library;
	const struct nlattr *attribute = attributes->of[type];

	return attribute && library->attr_get_payload_len(attribute) == length
		       ? library->attr_get_payload(attribute)
		       : NULL;
}

uint32_t netlink_number(const struct netlink_attributes *attributes, int type)
{
	const void *bytes = netlink_bytes(attributes, type, sizeof(uint32_t));
	uint32_t number = 0;

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

void netlink_text(const struct netlink_attributes *attributes, int type,
		  char *text, size_t size)
{
	const struct netlink_library *library = attributes->library;
	const struct nlattr *attribute = attributes->of[type];

	if (attribute)
		(void)snprintf(
			text, size, "%.*s",
			(int)library->attr_get_payload_len(attribute),
			(const char *)library->attr_get_payload(attribute));
}
