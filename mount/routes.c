/* The routes of links.h. */
#include "mount/netlink_request.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static struct rtmsg *begin_route(const struct links *links,
				 struct netlink_request *request, uint16_t type,
				 uint16_t flags, int family)
{
	struct rtmsg *header =
		netlink_begin(links, request, type, flags, sizeof(*header));

	header->rtm_family = (uint8_t)family;
	return header;
}

static void describe_route(struct rtmsg *header)
{
	header->rtm_table = RT_TABLE_MAIN;
	header->rtm_protocol = RTPROT_STATIC;
	header->rtm_type = RTN_UNICAST;
}

int route_add_host(struct links *links, unsigned int index,
		   const struct socket_address *address)
{
	struct netlink_request request;
	struct rtmsg *header =
		begin_route(links, &request, RTM_NEWROUTE,
			    NLM_F_CREATE | NLM_F_EXCL, address->family);

	describe_route(header);
	header->rtm_scope = RT_SCOPE_LINK;
	header->rtm_dst_len = (uint8_t)(8 * netlink_address_size(address));
	netlink_put_address(&request, RTA_DST, address);
	netlink_put_number(&request, RTA_OIF, index);
	return netlink_order(links, &request);
}

int route_add_default(struct links *links, unsigned int index,
		      const struct socket_address *gateway)
{
	struct netlink_request request;
	struct rtmsg *header =
		begin_route(links, &request, RTM_NEWROUTE,
			    NLM_F_CREATE | NLM_F_EXCL, gateway->family);

	describe_route(header);
	header->rtm_scope = RT_SCOPE_UNIVERSE;
	header->rtm_flags = RTNH_F_ONLINK;
	netlink_put_address(&request, RTA_GATEWAY, gateway);
	netlink_put_number(&request, RTA_OIF, index);
	return netlink_order(links, &request);
}

struct route_search {
	const struct netlink_library *library;
	unsigned int index; /* of a default route by this one; or 0 */
	bool found;
	struct route_info info;
	struct socket_address gateway;
};

static int take_route(const struct nlmsghdr *message, void *context)
{
	struct route_search *search = context;
	const struct netlink_library *library = search->library;
	const struct rtmsg *header = library->nlmsg_get_payload(message);
	struct netlink_attributes attributes;
	const void *gateway;
	struct socket_address address = { .family = header->rtm_family };
	size_t size = netlink_address_size(&address);

	if (message->nlmsg_type != RTM_NEWROUTE || search->found)
		return MNL_CB_OK;
	netlink_attributes(library, message, sizeof(*header), &attributes);
	gateway = netlink_bytes(&attributes, RTA_GATEWAY, size);
	search->info.index = netlink_number(&attributes, RTA_OIF);
	search->info.local = header->rtm_type == RTN_LOCAL;
	search->info.direct = header->rtm_type == RTN_UNICAST &&
			      !attributes.of[RTA_GATEWAY] &&
			      !attributes.of[RTA_VIA];
	if (!search->index) {
		search->found = true;
		return MNL_CB_OK;
	}
	if (header->rtm_dst_len || search->info.index != search->index ||
	    !gateway)
		return MNL_CB_OK;
	memcpy(address.bytes, gateway, size);
	search->gateway = address;
	search->found = true;
	return MNL_CB_OK;
}

int route_look(struct links *links, const struct socket_address *address,
	       struct route_info *ret_info)
{
	struct route_search search = { .library = &links->library };
	struct netlink_request request;
	struct rtmsg *header = begin_route(links, &request, RTM_GETROUTE,
					   NLM_F_ACK, address->family);
	int r;

	header->rtm_dst_len = (uint8_t)(8 * netlink_address_size(address));
	netlink_put_address(&request, RTA_DST, address);
	r = netlink_ask(links, &request, take_route, &search);
	if (r < 0)
		return r;
	if (!search.found)
		return -ENETUNREACH;
	*ret_info = search.info;
	return 0;
}

int route_find_gateway(struct links *links, unsigned int index, int family,
		       struct socket_address *ret_gateway)
{
	struct route_search search = { .library = &links->library,
				       .index = index };
	struct netlink_request request;
	int r;

	(void)begin_route(links, &request, RTM_GETROUTE, NLM_F_DUMP, family);
	r = netlink_ask(links, &request, take_route, &search);
	if (r < 0)
		return r;
	if (!search.found)
		return -ENOENT;
	*ret_gateway = search.gateway;
	return 0;
}
