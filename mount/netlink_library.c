#include "mount/netlink_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* The version of the interface that <libmnl/libmnl.h> describes. */
static const char soname[] = "libmnl.so.0";

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
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	struct netlink_library library;
	int r = 0;

	if (!handle) {
		(void)diag_set(diag, -ENOENT,
			       "cannot load the library that makes network "
			       "interfaces: %s",
			       dlerror());
		diag_hint(diag, "install the package libmnl0");
		return -ENOENT;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
		void *function = dlsym(handle, names[i]);

		if (!function)
			r = diag_set(diag, -ENOENT, "%s has no %s", soname,
				     names[i]);
		/* POSIX lets dlsym() return functions, ISO C has no cast. */
		memcpy((char *)&library + i * sizeof(function), &function,
		       sizeof(function));
	}
	(void)dlclose(handle);
	if (r == 0)
		*ret_library = library;
	return r;
}
