/*
 * HTTP by libcurl, which is loaded by the first who asks for something: linked
 * to the programs, it and what it brings along would be most of the time that
 * they take to start.
 *
 * One request at a time, over connections that are kept. Names, proxies
 * (http_proxy, https_proxy, no_proxy) and certificates are libcurl's affair.
 */
#ifndef JAIL_HTTP_H
#define JAIL_HTTP_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HTTP_REDIRECTS_MAX = 5,
	HTTP_HEADER_MAX = 8 << 10, /* bytes of a header that is kept */
	HTTP_ERROR_BODY_MAX = 64 << 10,
};

struct http; /* a session */

struct http_options {
	const char *ca_file; /* PEM; NULL: the system's */
	bool plain;	     /* http:// is allowed, redirects to it too */
};

/* -ENOENT if libcurl is not installed. The strings are copied. */
int http_new(const struct http_options *options, struct http **ret_http,
	     struct diag *diag) MUST_CHECK;
void http_free(struct http *http);

#define CLEANUP_HTTP CLEANUP(http_cleanup_)
static inline void http_cleanup_(struct http **http)
{
	http_free(*http);
}

struct http_response {
	unsigned int status;
	struct buf body;      /* unless `take` had it */
	struct buf challenge; /* every WWW-Authenticate, joined by commas */
	struct buf location;  /* an absolute URL */
	struct buf link;      /* likewise, of rel="next" */
	struct buf digest;    /* Docker-Content-Digest */
	struct buf type;      /* Content-Type */
	uint64_t length;      /* Content-Length; 0 if not said */
	uint64_t range_from;  /* of Content-Range, or of Range: 0-N, where */
	uint64_t range_to;    /* it is the last byte; both 0 if not said */
	unsigned int retry_after; /* seconds; 0 if not said */
	bool passing; /* http_send() failed for a reason that may go away */
};

#define HTTP_RESPONSE_INIT ((struct http_response){ 0 })
#define CLEANUP_HTTP_RESPONSE CLEANUP(http_response_done)
void http_response_done(struct http_response *response);

struct http_request {
	const char *method; /* "GET", "HEAD", "POST", "PUT" or "PATCH" */
	const char *url;
	char *const *headers; /* "Name: value"; NULL-terminated or NULL */
	/* The value of Authorization, or NULL. A redirect to another host does
	 * not take it along. */
	const char *authorization;
	/* The body of POST, PUT and PATCH: out of memory, or of a file. */
	const void *body;
	int body_fd; /* where `body` is NULL and the length is not 0 */
	uint64_t body_offset, body_length;
	/* Of a body that comes with 200 or 206, piece by piece. A return that
	 * is not 0 ends it and is returned. NULL: it goes into the response. */
	int (*take)(void *context, const struct http_response *response,
		    const void *data, size_t length);
	size_t body_max; /* of a body in memory */
	/* Told of bytes that have gone out, since the start; may be NULL. */
	void (*sent)(void *context, uint64_t bytes);
	void *context;
};

/*
 * Ask, and wait for the answer: 0 whatever its status is. GET and HEAD follow
 * redirects. -EKEYREJECTED if the certificate is not to be trusted, -EPROTO if
 * the other side speaks no TLS, -EFBIG for a body past `body_max`, what `take`
 * returned, or -EIO. The response has to be released in any case.
 */
int http_send(struct http *http, const struct http_request *request,
	      struct http_response *response, struct diag *diag) MUST_CHECK;

/* Append `text` as it has to stand in a query. */
int http_escape(struct http *http, const char *text,
		struct buf *url) MUST_CHECK;

#endif
