#include "lib/http_library.h"

#include "lib/shared_library.h"

#include <errno.h>

static const char *const names[] = {
#define NAME(name) "curl_" #name,
	HTTP_LIBRARY_FUNCTIONS(NAME)
#undef NAME
};

_Static_assert(sizeof(struct http_library) ==
		       ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

int http_library_load(struct http_library *ret_library, struct diag *diag)
{
	/* The version of the interface that <curl/curl.h> describes, in the two
	 * flavours that Debian has. */
	static const struct shared_library shared = {
		.sonames = { "libcurl.so.4", "libcurl-gnutls.so.4" },
		.does = "talks to registries",
		.package = "libcurl4",
		.names = names,
		.count = ARRAY_SIZE(names),
	};
	struct http_library library;
	int r = shared_library_load(&shared, &library, diag);

	if (r == 0 && library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		r = diag_set(diag, -EIO, "libcurl cannot be initialized");
	if (r == 0)
		*ret_library = library;
	return r;
}
