/*
 * Requests to the kernel by netlink, and what comes back: for links.c,
 * routes.c and packet_watch.c alone.
 *
 * netlink(7); linux/netlink.h.
 */
#ifndef JAILMOUNT_NETLINK_REQUEST_H
#define JAILMOUNT_NETLINK_REQUEST_H

#include "lib/base.h"
#include "mount/links.h"

enum {
	NETLINK_REQUEST_SIZE = 1024, /* the longest has an alias */
	NETLINK_ATTRIBUTES_MAX = 64,
};

/* One that is being put together. */
struct netlink_request {
	const struct netlink_library *library;
	struct nlmsghdr *header;
	char buffer[NETLINK_REQUEST_SIZE]
		__attribute__((aligned(NLMSG_ALIGNTO)));
};

/* links_open() for another family of netlink: NETLINK_ROUTE and its like. */
int netlink_open(struct links *ret_links, int family,
		 struct diag *diag) MUST_CHECK;

/* The header of the family that comes first, `header_size` bytes of zeroes,
 * is returned. */
void *netlink_begin(const struct links *links, struct netlink_request *request,
		    uint16_t type, uint16_t flags, size_t header_size);

void netlink_put(struct netlink_request *request, uint16_t type,
		 const void *data, size_t length);
void netlink_put_number(struct netlink_request *request, uint16_t type,
			uint32_t number);
void netlink_put_text(struct netlink_request *request, uint16_t type,
		      const char *text);
void netlink_put_address(struct netlink_request *request, uint16_t type,
			 const struct socket_address *address);
struct nlattr *netlink_nest(struct netlink_request *request, uint16_t type);
void netlink_end_nest(struct netlink_request *request, struct nlattr *nested);

/* 4 or 16 */
size_t netlink_address_size(const struct socket_address *address);

/*
 * Send it and hand what comes to `take`, message by message, until the kernel
 * says that it is all: the flags of the request have NLM_F_ACK or NLM_F_DUMP.
 * 0 or the kernel's own -errno.
 */
int netlink_ask(struct links *links, struct netlink_request *request,
		mnl_cb_t take, void *context) MUST_CHECK;

/* One that has no other answer than whether it was done. */
int netlink_order(struct links *links,
		  struct netlink_request *request) MUST_CHECK;

/* The attributes of an answer, by type. */
struct netlink_attributes {
	const struct netlink_library *library;
	const struct nlattr *of[NETLINK_ATTRIBUTES_MAX];
};

/* Those of a message behind its family's header, or those within one. */
void netlink_attributes(const struct netlink_library *library,
			const struct nlmsghdr *message, size_t header_size,
			struct netlink_attributes *ret_attributes);
void netlink_attributes_within(const struct netlink_library *library,
			       const struct nlattr *nested,
			       struct netlink_attributes *ret_attributes);

/* The bytes of one if it is there and has so many; or NULL. */
const void *netlink_bytes(const struct netlink_attributes *attributes, int type,
			  size_t length);

/* 0 if it is not there. */
uint32_t netlink_number(const struct netlink_attributes *attributes, int type);

/* Unchanged if it is not there. */
void netlink_text(const struct netlink_attributes *attributes, int type,
		  char *text, size_t size);

#endif
