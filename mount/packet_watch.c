#include "mount/packet_watch.h"

#include "mount/netlink_request.h"
#include "mount/network_rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

enum {
	MESSAGES_MAX = 16384, /* bytes of what comes at once */
	TURNS = 16,	      /* as many, before others have their turn */
};

/* --- What comes ------------------------------------------------------------
 */

static int take_packet(const struct nlmsghdr *message, void *context)
{
	const struct packet_watch *watch = context;
	const struct netlink_library *library = &watch->links.library;
	struct netlink_attributes attributes;
	const struct nlattr *payload;
	struct refused_packet packet;
	const void *uid;
	uint32_t number;

	if (message->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
		return MNL_CB_OK;
	netlink_attributes(library, message, sizeof(struct nfgenmsg),
			   &attributes);
	payload = attributes.of[NFULA_PAYLOAD];
	if (!payload ||
	    refused_packet_read(library->attr_get_payload(payload),
				library->attr_get_payload_len(payload),
				&packet) < 0)
		return MNL_CB_OK;
	uid = netlink_bytes(&attributes, NFULA_UID, sizeof(number));
	if (uid)
		memcpy(&number, uid, sizeof(number));
	watch->refused(watch->context, &packet,
		       uid ? (int64_t)ntohl(number) : -1);
	return MNL_CB_OK;
}

static void source_ready(void *context, short revents UNUSED)
{
	struct packet_watch *watch = context;
	char messages[MESSAGES_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (int turn = 0; turn < TURNS; turn++) {
		ssize_t got = recv(watch->source.fd, messages, sizeof(messages),
				   MSG_DONTWAIT);

		/* Those that there was no room for are not heard of. */
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got <= 0)
			return;
		(void)watch->links.library.cb_run(messages, (size_t)got, 0, 0,
						  take_packet, watch);
	}
}

/* --- Asking for it ---------------------------------------------------------
 */

static int configure(struct packet_watch *watch, uint16_t type,
		     const void *value, size_t length)
{
	struct netlink_request request;
	struct nfgenmsg *header = netlink_begin(
		&watch->links, &request,
		NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, 0, sizeof(*header));

	header->nfgen_family = AF_UNSPEC;
	header->version = NFNETLINK_V0;
	header->res_id = htons(NETWORK_RULES_GROUP);
	netlink_put(&request, type, value, length);
	return netlink_order(&watch->links, &request);
}

static int subscribe(struct packet_watch *watch)
{
	const struct nfulnl_msg_config_cmd bind = {
		.command = NFULNL_CFG_CMD_BIND,
	};
	const struct nfulnl_msg_config_mode mode = {
		.copy_range = htonl(NETWORK_RULES_HEARD),
		.copy_mode = NFULNL_COPY_PACKET,
	};
	/* One by one, and not when there are many. */
	const uint32_t at_once = htonl(1);
	int r = configure(watch, NFULA_CFG_CMD, &bind, sizeof(bind));

	if (r == 0)
		r = configure(watch, NFULA_CFG_MODE, &mode, sizeof(mode));
	if (r == 0)
		r = configure(watch, NFULA_CFG_QTHRESH, &at_once,
			      sizeof(at_once));
	return r;
}

int packet_watch_begin(struct packet_watch *watch,
		       const struct network_namespace *space,
		       struct events *events, struct diag *diag)
{
	int r = network_namespace_visit(space);

	if (r < 0)
		return diag_errno(diag, r, "cannot enter the jail's network");
	r = netlink_open(&watch->links, NETLINK_NETFILTER, diag);
	network_namespace_leave(space);
	if (r < 0)
		return r;
	watch->events = events;
	watch->source = (struct event_source){
		.fd = watch->links.library.socket_get_fd(watch->links.socket),
		.events = POLLIN,
		.ready = source_ready,
		.context = watch,
	};
	r = subscribe(watch);
	if (r < 0)
		diag_errno(diag, r, "cannot hear of refused packets");
	else if (events_add(events, &watch->source) < 0)
		r = diag_oom(diag);
	if (r < 0)
		packet_watch_end(watch);
	return r;
}

void packet_watch_end(struct packet_watch *watch)
{
	if (watch->events)
		events_remove(watch->events, &watch->source);
	watch->source.fd = -1;
	links_close(&watch->links);
}
