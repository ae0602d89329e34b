/*
 * libcurl's functions, for http.c and http_library.c alone.
 */
#ifndef JAIL_HTTP_LIBRARY_H
#define JAIL_HTTP_LIBRARY_H

#include "lib/base.h"
#include "lib/diag.h"

/* Its macros in place of functions would not let themselves be pointed at. */
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

#define HTTP_LIBRARY_FUNCTIONS(X)                                              \
	X(easy_cleanup)                                                        \
	X(easy_escape)                                                         \
	X(easy_getinfo)                                                        \
	X(easy_init)                                                           \
	X(easy_perform)                                                        \
	X(easy_reset)                                                          \
	X(easy_setopt)                                                         \
	X(easy_strerror)                                                       \
	X(free)                                                                \
	X(global_init)                                                         \
	X(slist_append)                                                        \
	X(slist_free_all)

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* Each function without its "curl_", of the type that the header gives. */
struct http_library {
#define MEMBER(name) __typeof__(curl_##name) *(name);
	HTTP_LIBRARY_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* The library stays loaded from the first call on. -ENOENT if none is
 * installed. */
int http_library_load(struct http_library *ret_library,
		      struct diag *diag) MUST_CHECK;

#endif
