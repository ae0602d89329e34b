#include "mount/packet_counts.h"

#include "mount/netlink_request.h"
#include "mount/network_rules.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

struct reading {
	const struct netlink_library *library;
	bool found;
	uint64_t packets;
};

static int take_counter(const struct nlmsghdr *message, void *context)
{
	struct reading *reading = context;
	struct netlink_attributes object, counter;
	const void *packets;

	if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ))
		return MNL_CB_OK;
	netlink_attributes(reading->library, message, sizeof(struct nfgenmsg),
			   &object);
	netlink_attributes_within(reading->library, object.of[NFTA_OBJ_DATA],
				  &counter);
	packets = netlink_bytes(&counter, NFTA_COUNTER_PACKETS,
				sizeof(reading->packets));
	if (!packets)
		return MNL_CB_OK;
	memcpy(&reading->packets, packets, sizeof(reading->packets));
	reading->packets = be64toh(reading->packets);
	reading->found = true;
	return MNL_CB_OK;
}

static int read_counter(struct links *filter, const char *name,
			uint64_t *ret_packets)
{
	const uint32_t type = htonl(NFT_OBJECT_COUNTER);
	struct reading reading = { .library = &filter->library };
	struct netlink_request request;
	struct nfgenmsg *header = netlink_begin(
		filter, &request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ,
		NLM_F_ACK, sizeof(*header));
	int r;

	header->nfgen_family = NFPROTO_INET;
	header->version = NFNETLINK_V0;
	netlink_put_text(&request, NFTA_OBJ_TABLE, NETWORK_RULES_TABLE);
	netlink_put_text(&request, NFTA_OBJ_NAME, name);
	netlink_put(&request, NFTA_OBJ_TYPE, &type, sizeof(type));
	r = netlink_ask(filter, &request, take_counter, &reading);
	if (r < 0)
		return r;
	if (!reading.found)
		return -ENOENT;
	*ret_packets = reading.packets;
	return 0;
}

int packet_counts_read(struct links *filter, struct packet_counts *ret_counts)
{
	struct packet_counts counts = { 0 };
	int r = read_counter(filter, NETWORK_RULES_REFUSED_IN, &counts.in);

	if (r == 0)
		r = read_counter(filter, NETWORK_RULES_REFUSED_OUT,
				 &counts.out);
	if (r == 0)
		*ret_counts = counts;
	return r;
}
