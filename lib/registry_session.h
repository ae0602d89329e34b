/*
 * What the files registry*.c share; for them alone.
 */
#ifndef JAIL_REGISTRY_SESSION_H
#define JAIL_REGISTRY_SESSION_H

#include "lib/credentials.h"
#include "lib/http.h"
#include "lib/registry.h"

struct registry {
	const struct reference *reference;
	const struct registry_options *options;
	struct http *http;
	struct buf base; /* "https://HOST/v2/" */
	struct credentials credentials;
	char *authorization; /* the header's value that goes along, or NULL */
};

/*
 * Answer a challenge: afterwards `authorization` is what was asked for.
 * -EACCES if nobody has told who we are, or the registry does not like it.
 */
int registry_authorize(struct registry *registry, const char *challenge,
		       struct diag *diag) MUST_CHECK;

/*
 * One request, with whatever authorization it takes: 0 with the answer,
 * whatever its status but 401. The request's `authorization` is set here.
 */
int registry_send_once(struct registry *registry, struct http_request *request,
		       struct http_response *response,
		       struct diag *diag) MUST_CHECK;

/* The same, tried again while that may help. */
int registry_send(struct registry *registry, struct http_request *request,
		  struct http_response *response, struct diag *diag) MUST_CHECK;

/*
 * After the `attempt`-th failure, counted from 1: is another to be made? Waits
 * until it may be. `error` and the response are what registry_send_once()
 * left, the diagnostic says why and is emptied if the answer is yes.
 */
bool registry_again(struct registry *registry, unsigned int attempt, int error,
		    const struct http_response *response, struct diag *diag);

/* What a status means that was not hoped for. `what` was to be done, to
 * `object`. */
int registry_refused(const struct registry *registry,
		     const struct http_response *response, const char *what,
		     const char *object, struct diag *diag) MUST_CHECK;

/* "BASE/REPOSITORY/rest..." in place of what the buffer holds. */
int registry_url(const struct registry *registry, struct buf *url,
		 const char *format, ...) PRINTF_LIKE(3, 4) MUST_CHECK;

#endif
