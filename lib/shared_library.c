#include "lib/shared_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static void *open_first(const struct shared_library *library)
{
	void *handle = NULL;

	for (size_t i = 0; !handle && library->sonames[i]; i++)
		handle = dlopen(library->sonames[i],
				RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	return handle;
}

static int find_all(const struct shared_library *library, void *handle,
		    void **functions, struct diag *diag)
{
	for (size_t i = 0; i < library->count; i++) {
		functions[i] = dlsym(handle, library->names[i]);
		if (!functions[i])
			return diag_set(diag, -ENOENT, "%s has no %s",
					library->sonames[0], library->names[i]);
	}
	return 0;
}

int shared_library_load(const struct shared_library *library,
			void *ret_functions, struct diag *diag)
{
	CLEANUP_FREE void **functions =
		calloc(library->count, sizeof(*functions));
	void *handle = open_first(library);
	int r;

	if (!handle) {
		(void)diag_set(diag, -ENOENT,
			       "cannot load the library that %s: %s",
			       library->does, dlerror());
		diag_hint(diag, "install the package %s", library->package);
		return -ENOENT;
	}
	r = functions ? find_all(library, handle, functions, diag)
		      : diag_oom(diag);
	(void)dlclose(handle);
	/* POSIX lets dlsym() return functions, ISO C has no cast. */
	if (r == 0)
		memcpy(ret_functions, functions,
		       library->count * sizeof(*functions));
	return r;
}
