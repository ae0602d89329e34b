#include "lib/http_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* The version of the interface that <curl/curl.h> describes, in the two
 * flavours that Debian has. */
static const char *const sonames[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static const char *const names[] = {
#define NAME(name) "curl_" #name,
	HTTP_LIBRARY_FUNCTIONS(NAME)
#undef NAME
};

_Static_assert(sizeof(struct http_library) ==
		       ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

static void *open_library(void)
{
	void *handle = NULL;

	for (size_t i = 0; !handle && i < ARRAY_SIZE(sonames); i++)
		handle = dlopen(sonames[i],
				RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	return handle;
}

int http_library_load(struct http_library *ret_library, struct diag *diag)
{
	void *handle = open_library();
	struct http_library library;
	int r = 0;

	if (!handle) {
		(void)diag_set(diag, -ENOENT,
			       "cannot load the library that talks to "
			       "registries: %s",
			       dlerror());
		diag_hint(diag, "install the package libcurl4");
		return -ENOENT;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
		void *function = dlsym(handle, names[i]);

		if (!function)
			r = diag_set(diag, -ENOENT, "libcurl has no %s",
				     names[i]);
		/* POSIX lets dlsym() return functions, ISO C has no cast. */
		memcpy((char *)&library + i * sizeof(function), &function,
		       sizeof(function));
	}
	(void)dlclose(handle);
	if (r == 0 && library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		r = diag_set(diag, -EIO, "libcurl cannot be initialized");
	if (r == 0)
		*ret_library = library;
	return r;
}
