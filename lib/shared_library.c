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
		    char *functions, struct diag *diag)
{
	for (size_t i = 0; i < library->count; i++) {
		void *function = dlsym(handle, library->names[i]);

		if (!function)
			return diag_set(diag, -ENOENT, "%s has no %s",
					library->sonames[0], library->names[i]);
		/* POSIX lets dlsym() return functions, ISO C has no cast. */
		memcpy(functions + i * sizeof(function), &function,
		       sizeof(function));
	}
	return 0;
}

int shared_library_load(const struct shared_library *library,
			void *ret_functions, struct diag *diag)
{
	CLEANUP_FREE char *functions = calloc(library->count, sizeof(void *));
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
	if (r == 0)
		memcpy(ret_functions, functions,
		       library->count * sizeof(void *));
	return r;
}
