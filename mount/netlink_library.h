/*
 * libmnl, loaded by the first jail that has a network of its own. Others start
 * without it.
 */
#ifndef JAILMOUNT_NETLINK_LIBRARY_H
#define JAILMOUNT_NETLINK_LIBRARY_H

#include "lib/base.h"
#include "lib/diag.h"

#include <libmnl/libmnl.h>

#define NETLINK_LIBRARY_FUNCTIONS(X)                                           \
	X(attr_get_payload)                                                    \
	X(attr_get_payload_len)                                                \
	X(attr_get_type)                                                       \
	X(attr_nest_end)                                                       \
	X(attr_nest_start)                                                     \
	X(attr_parse)                                                          \
	X(attr_parse_nested)                                                   \
	X(attr_put)                                                            \
	X(attr_put_u8)                                                         \
	X(cb_run)                                                              \
	X(nlmsg_get_payload)                                                   \
	X(nlmsg_put_extra_header)                                              \
	X(nlmsg_put_header)                                                    \
	X(socket_bind)                                                         \
	X(socket_close)                                                        \
	X(socket_get_fd)                                                       \
	X(socket_get_portid)                                                   \
	X(socket_open2)                                                        \
	X(socket_recvfrom)                                                     \
	X(socket_sendto)

/* Each function without its "mnl_", of the type that the header gives. */
struct netlink_library {
#define MEMBER(name) __typeof__(mnl_##name) *(name);
	NETLINK_LIBRARY_FUNCTIONS(MEMBER)
#undef MEMBER
};

/*
 * The library stays loaded from the first call on. -ENOENT if it is not
 * installed.
 */
int netlink_library_load(struct netlink_library *ret_library,
			 struct diag *diag) MUST_CHECK;

#endif
