/*
 * Network interfaces, their addresses, routes and neighbours, in one network
 * namespace: that of the process when links_open() was called.
 *
 * rtnetlink(7); linux/if_link.h, linux/rtnetlink.h, linux/neighbour.h.
 */
#ifndef JAILMOUNT_LINKS_H
#define JAILMOUNT_LINKS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/netlink_library.h"
#include "mount/socket_address.h"

#include <net/if.h>
#include <stdbool.h>

enum { LINK_MAC_SIZE = 6, LINK_ALIAS_MAX = 255 };

struct links {
	struct netlink_library library;
	struct mnl_socket *socket;
	unsigned int sequence;
};

#define LINKS_INIT ((struct links){ 0 })

struct link_info {
	unsigned int index;
	char name[IF_NAMESIZE];
	char kind[16]; /* "veth", "bridge" ...; empty: a device */
	char alias[LINK_ALIAS_MAX + 1];
	unsigned char mac[LINK_MAC_SIZE];
};

/* An address and how many of its bits are the network's. The port means
 * nothing here. */
struct link_network {
	struct socket_address address;
	unsigned int length;
};

int links_open(struct links *ret_links, struct diag *diag) MUST_CHECK;
void links_close(struct links *links);

/* -ENODEV if there is none of that name. */
int link_find(struct links *links, const char *name,
	      struct link_info *ret_info) MUST_CHECK;

/* Call it for each of the namespace. 0 or -errno. */
int link_each(struct links *links,
	      void (*each)(void *context, const struct link_info *info),
	      void *context) MUST_CHECK;

/*
 * An interface that is to appear in another namespace under the name eth0,
 * with this hardware address.
 */
struct link_wanted {
	const char *name;    /* a veth pair's other end, which stays here */
	unsigned int parent; /* of veth: the bridge of that end, or 0; of
				macvlan: whose it is */
	int namespace;
	unsigned char mac[LINK_MAC_SIZE];
};

#define LINK_INSIDE "eth0"

/* -EEXIST if the name is taken. 0 or -errno. */
int link_make_veth(struct links *links,
		   const struct link_wanted *wanted) MUST_CHECK;
int link_make_macvlan(struct links *links,
		      const struct link_wanted *wanted) MUST_CHECK;

int link_set_alias(struct links *links, unsigned int index,
		   const char *alias) MUST_CHECK;

/* Up, and with no IPv6 address that nobody has said. 0 or -errno. */
int link_raise(struct links *links, unsigned int index) MUST_CHECK;

/* Of a veth pair both ends go. */
int link_delete(struct links *links, unsigned int index) MUST_CHECK;

/* Usable at once: an IPv6 address is not looked for among others first. */
int link_add_address(struct links *links, unsigned int index,
		     const struct link_network *network) MUST_CHECK;

/* The neighbour has this hardware address, for good. */
int link_add_neighbour(struct links *links, unsigned int index,
		       const struct socket_address *address,
		       const unsigned char mac[LINK_MAC_SIZE]) MUST_CHECK;

/* Answer for that address to those who are at that interface; or no more. */
int link_add_proxy(struct links *links, unsigned int index,
		   const struct socket_address *address) MUST_CHECK;
int link_remove_proxy(struct links *links, unsigned int index,
		      const struct socket_address *address) MUST_CHECK;

/* That one address is at this interface. -EEXIST if it has a route. */
int route_add_host(struct links *links, unsigned int index,
		   const struct socket_address *address) MUST_CHECK;

/* Everything else goes by `gateway`, which is at this interface. */
int route_add_default(struct links *links, unsigned int index,
		      const struct socket_address *gateway) MUST_CHECK;

struct route_info {
	unsigned int index; /* of the interface that it goes out by; 0: none */
	bool local;	    /* it is an address of this namespace's own */
	bool direct;	    /* by no gateway */
};

/* Where packets to the address would go. -ENETUNREACH if nowhere. */
int route_look(struct links *links, const struct socket_address *address,
	       struct route_info *ret_info) MUST_CHECK;

/* The gateway of the namespace's own default route by that interface. -ENOENT
 * if there is none. */
int route_find_gateway(struct links *links, unsigned int index, int family,
		       struct socket_address *ret_gateway) MUST_CHECK;

#endif
