#include "mount/links.h"

#include "mount/netlink_request.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

struct link_search {
	const struct netlink_library *library;
	void (*each)(void *context, const struct link_info *info);
	void *context;
};

static int take_link(const struct nlmsghdr *message, void *context)
{
	const struct link_search *search = context;
	const struct netlink_library *library = search->library;
	const struct ifinfomsg *header = library->nlmsg_get_payload(message);
	struct netlink_attributes attributes, about;
	const void *mac;
	struct link_info info = { 0 };

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	netlink_attributes(library, message, sizeof(*header), &attributes);
	netlink_attributes_within(library, attributes.of[IFLA_LINKINFO],
				  &about);
	info.index = (unsigned int)header->ifi_index;
	netlink_text(&attributes, IFLA_IFNAME, info.name, sizeof(info.name));
	netlink_text(&attributes, IFLA_IFALIAS, info.alias, sizeof(info.alias));
	mac = netlink_bytes(&attributes, IFLA_ADDRESS, LINK_MAC_SIZE);
	if (mac)
		memcpy(info.mac, mac, LINK_MAC_SIZE);
	netlink_text(&about, IFLA_INFO_KIND, info.kind, sizeof(info.kind));
	search->each(search->context, &info);
	return MNL_CB_OK;
}

static void begin_link(const struct links *links,
		       struct netlink_request *request, uint16_t type,
		       uint16_t flags, unsigned int index)
{
	struct ifinfomsg *header =
		netlink_begin(links, request, type, flags, sizeof(*header));

	header->ifi_index = (int)index;
}

int link_each(struct links *links,
	      void (*each)(void *context, const struct link_info *info),
	      void *context)
{
	struct link_search search = { .library = &links->library,
				      .each = each,
				      .context = context };
	struct netlink_request request;

	begin_link(links, &request, RTM_GETLINK, NLM_F_DUMP, 0);
	return netlink_ask(links, &request, take_link, &search);
}

static void keep_link(void *context, const struct link_info *info)
{
	struct link_info *found = context;

	*found = *info;
}

int link_find(struct links *links, const char *name, struct link_info *ret_info)
{
	struct link_info found = { 0 };
	struct link_search search = { .library = &links->library,
				      .each = keep_link,
				      .context = &found };
	struct netlink_request request;
	int r;

	if (strlen(name) >= IF_NAMESIZE)
		return -ENODEV;
	begin_link(links, &request, RTM_GETLINK, NLM_F_ACK, 0);
	netlink_put_text(&request, IFLA_IFNAME, name);
	r = netlink_ask(links, &request, take_link, &search);
	if (r < 0)
		return r;
	*ret_info = found;
	return found.index ? 0 : -ENODEV;
}

int link_make_veth(struct links *links, const struct link_wanted *wanted)
{
	const struct ifinfomsg none = { 0 };
	struct nlattr *info, *data, *peer;
	struct netlink_request request;

	begin_link(links, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	netlink_put_text(&request, IFLA_IFNAME, wanted->name);
	if (wanted->parent)
		netlink_put_number(&request, IFLA_MASTER, wanted->parent);
	info = netlink_nest(&request, IFLA_LINKINFO);
	netlink_put_text(&request, IFLA_INFO_KIND, "veth");
	data = netlink_nest(&request, IFLA_INFO_DATA);
	peer = netlink_nest(&request, VETH_INFO_PEER);
	memcpy(links->library.nlmsg_put_extra_header(request.header,
						     sizeof(none)),
	       &none, sizeof(none));
	netlink_put_text(&request, IFLA_IFNAME, LINK_INSIDE);
	netlink_put(&request, IFLA_ADDRESS, wanted->mac, LINK_MAC_SIZE);
	netlink_put_number(&request, IFLA_NET_NS_FD,
			   (uint32_t)wanted->namespace);
	netlink_end_nest(&request, peer);
	netlink_end_nest(&request, data);
	netlink_end_nest(&request, info);
	return netlink_order(links, &request);
}

int link_make_macvlan(struct links *links, const struct link_wanted *wanted)
{
	struct nlattr *info, *data;
	struct netlink_request request;

	begin_link(links, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	netlink_put_text(&request, IFLA_IFNAME, LINK_INSIDE);
	netlink_put(&request, IFLA_ADDRESS, wanted->mac, LINK_MAC_SIZE);
	netlink_put_number(&request, IFLA_LINK, wanted->parent);
	netlink_put_number(&request, IFLA_NET_NS_FD,
			   (uint32_t)wanted->namespace);
	info = netlink_nest(&request, IFLA_LINKINFO);
	netlink_put_text(&request, IFLA_INFO_KIND, "macvlan");
	data = netlink_nest(&request, IFLA_INFO_DATA);
	netlink_put_number(&request, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	netlink_end_nest(&request, data);
	netlink_end_nest(&request, info);
	return netlink_order(links, &request);
}

int link_set_alias(struct links *links, unsigned int index, const char *alias)
{
	struct netlink_request request;

	begin_link(links, &request, RTM_NEWLINK, 0, index);
	netlink_put(&request, IFLA_IFALIAS, alias, strlen(alias));
	return netlink_order(links, &request);
}

int link_raise(struct links *links, unsigned int index)
{
	struct netlink_request request;
	struct nlattr *families, *ipv6;
	struct ifinfomsg *header;
	int r;

	/* A kernel without IPv6 has nothing to be kept from. */
	begin_link(links, &request, RTM_NEWLINK, 0, index);
	families = netlink_nest(&request, IFLA_AF_SPEC);
	ipv6 = netlink_nest(&request, AF_INET6);
	links->library.attr_put_u8(request.header, IFLA_INET6_ADDR_GEN_MODE,
				   IN6_ADDR_GEN_MODE_NONE);
	netlink_end_nest(&request, ipv6);
	netlink_end_nest(&request, families);
	r = netlink_order(links, &request);
	if (r < 0 && r != -EAFNOSUPPORT)
		return r;
	header =
		netlink_begin(links, &request, RTM_NEWLINK, 0, sizeof(*header));
	header->ifi_index = (int)index;
	header->ifi_flags = header->ifi_change = IFF_UP;
	return netlink_order(links, &request);
}

int link_delete(struct links *links, unsigned int index)
{
	struct netlink_request request;

	begin_link(links, &request, RTM_DELLINK, 0, index);
	return netlink_order(links, &request);
}

/* --- Addresses and neighbours --------------------------------------------- */

int link_add_address(struct links *links, unsigned int index,
		     const struct link_network *network)
{
	struct netlink_request request;
	struct ifaddrmsg *header =
		netlink_begin(links, &request, RTM_NEWADDR,
			      NLM_F_CREATE | NLM_F_EXCL, sizeof(*header));

	header->ifa_family = (uint8_t)network->address.family;
	header->ifa_prefixlen = (uint8_t)network->length;
	header->ifa_index = index;
	if (network->address.family == AF_INET6)
		header->ifa_flags = IFA_F_NODAD;
	netlink_put_address(&request, IFA_LOCAL, &network->address);
	netlink_put_address(&request, IFA_ADDRESS, &network->address);
	return netlink_order(links, &request);
}

static int neighbour(struct links *links, uint16_t type, unsigned int index,
		     const struct socket_address *address,
		     const unsigned char *mac)
{
	struct netlink_request request;
	uint16_t flags =
		type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	struct ndmsg *header =
		netlink_begin(links, &request, type, flags, sizeof(*header));

	header->ndm_family = (uint8_t)address->family;
	header->ndm_ifindex = (int)index;
	header->ndm_state = NUD_PERMANENT;
	header->ndm_flags = mac ? 0 : NTF_PROXY;
	netlink_put_address(&request, NDA_DST, address);
	if (mac)
		netlink_put(&request, NDA_LLADDR, mac, LINK_MAC_SIZE);
	return netlink_order(links, &request);
}

int link_add_neighbour(struct links *links, unsigned int index,
		       const struct socket_address *address,
		       const unsigned char mac[LINK_MAC_SIZE])
{
	return neighbour(links, RTM_NEWNEIGH, index, address, mac);
}

int link_add_proxy(struct links *links, unsigned int index,
		   const struct socket_address *address)
{
	return neighbour(links, RTM_NEWNEIGH, index, address, NULL);
}

int link_remove_proxy(struct links *links, unsigned int index,
		      const struct socket_address *address)
{
	return neighbour(links, RTM_DELNEIGH, index, address, NULL);
}
