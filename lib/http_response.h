/*
 * An answer as its headers come; for http.c alone.
 */
#ifndef JAIL_HTTP_RESPONSE_H
#define JAIL_HTTP_RESPONSE_H

#include "lib/http.h"

/* A new answer begins, perhaps after a redirect: the one before is gone. */
void http_response_forget(struct http_response *response);

/* One header. What memory cannot hold shows in the buffers. */
void http_response_header(struct http_response *response, const char *name,
			  const char *value);

/* Where it leads to, made absolute by the URL that was asked. */
void http_response_resolve(struct http_response *response, const char *url);

#endif
