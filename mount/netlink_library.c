#include "mount/netlink_library.h"

#include "lib/shared_library.h"

static const char *const names[] = {
#define NAME(name) "mnl_" #name,
	NETLINK_LIBRARY_FUNCTIONS(NAME)
#undef NAME
};

_Static_assert(sizeof(struct netlink_library) ==
		       ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

int netlink_library_load(struct netlink_library *ret_library, struct diag *diag)
{
	/* The version of the interface that <libmnl/libmnl.h> describes. */
	static const struct shared_library shared = {
		.sonames = { "libmnl.so.0" },
		.does = "makes network interfaces",
		.package = "libmnl0",
		.names = names,
		.count = ARRAY_SIZE(names),
	};

	return shared_library_load(&shared, ret_library, diag);
}
