#include "lib/registry_session.h"

#include "lib/printable.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

enum {
	FIRST_WAIT = 500, /* milliseconds */
	WAIT_MAX = 60,	  /* seconds, that a server may ask for */
	MESSAGE_MAX = 300,
	URL_REST_MAX = 512,
	PING_BYTES_MAX = 64 << 10,
};

/* --- Addresses ------------------------------------------------------------ */

int registry_url(const struct registry *registry, struct buf *url,
		 const char *format, ...)
{
	char rest[URL_REST_MAX];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(rest, sizeof(rest), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(rest))
		return -ENAMETOOLONG;
	buf_reset(url);
	buf_printf(url, "%s%s/%s", registry->base.data,
		   registry->reference->repository, rest);
	return buf_check(url);
}

static int set_base(struct registry *registry, const char *scheme)
{
	buf_reset(&registry->base);
	buf_printf(&registry->base, "%s://%s/v2/", scheme,
		   registry->reference->registry);
	return buf_check(&registry->base);
}

/* --- What went wrong ------------------------------------------------------ */

/* The first message of {"errors":[{"code":...,"message":...}]}; NULL if there
 * is none. The caller frees it. */
static char *server_message(const struct buf *body)
{
	json_t *root =
		json_loadb(body->data ? body->data : "", body->length, 0, NULL);
	json_t *first = json_array_get(json_object_get(root, "errors"), 0);
	const char *message =
		json_string_value(json_object_get(first, "message"));
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (!message || !*message)
		message = json_string_value(json_object_get(first, "code"));
	if (message) {
		size_t length = strlen(message);

		printable_append(&text, message,
				 length < MESSAGE_MAX ? length : MESSAGE_MAX);
	}
	json_decref(root);
	return text.length ? buf_steal(&text) : NULL;
}

int registry_refused(const struct registry *registry,
		     const struct http_response *response, const char *what,
		     const char *object, struct diag *diag)
{
	CLEANUP_FREE char *message = server_message(&response->body);
	const char *host = registry->reference->registry;
	int error = response->status == 404   ? -ENOENT
		    : response->status == 403 ? -EACCES
					      : -EIO;

	(void)diag_set(diag, error, "cannot %s %s: %s answers %u%s%s", what,
		       object, host, response->status, message ? ": " : "",
		       message ? message : "");
	if (error == -EACCES)
		diag_hint(diag, "whoever is logged in there may not do this");
	return error;
}

static bool may_pass(int error, const struct http_response *response)
{
	if (error)
		return response->passing;
	switch (response->status) {
	case 408:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return false;
	}
}

bool registry_again(struct registry *registry, unsigned int attempt, int error,
		    const struct http_response *response, struct diag *diag)
{
	const struct registry_options *options = registry->options;
	unsigned int wait = FIRST_WAIT << (attempt - 1);
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct timespec time;

	if (attempt >= REGISTRY_ATTEMPTS || !may_pass(error, response))
		return false;
	if (!error && response->retry_after) {
		if (response->retry_after > WAIT_MAX)
			return false;
		wait = response->retry_after * 1000;
	}
	if (error)
		buf_puts(&text, diag && diag->text ? diag->text : "it failed");
	else
		buf_printf(&text, "%s answers %u",
			   registry->reference->registry, response->status);
	buf_printf(&text, "; trying again in %u.%u s", wait / 1000,
		   wait % 1000 / 100);
	if (options->note && buf_check(&text) == 0)
		options->note(options->context, text.data);
	diag_done(diag);
	time = (struct timespec){ .tv_sec = wait / 1000,
				  .tv_nsec = (long)(wait % 1000) * 1000000 };
	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
	return true;
}

/* --- Asking --------------------------------------------------------------- */

/* An upload may be sent elsewhere, to one who must not learn who we are. */
static const char *authorization_for(const struct registry *registry,
				     const char *url)
{
	const char *base = registry->base.data;
	size_t length = registry->base.length - strlen("v2/");

	return strncmp(url, base, length) == 0 ? registry->authorization : NULL;
}

int registry_send_once(struct registry *registry, struct http_request *request,
		       struct http_response *response, struct diag *diag)
{
	int r;

	request->authorization = authorization_for(registry, request->url);
	r = http_send(registry->http, request, response, diag);
	if (r < 0 || response->status != 401)
		return r < 0 ? diag_wrap(diag, r, "%s",
					 registry->reference->registry)
			     : 0;
	r = registry_authorize(registry, response->challenge.data, diag);
	if (r < 0)
		return r;
	request->authorization = authorization_for(registry, request->url);
	r = http_send(registry->http, request, response, diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", registry->reference->registry);
	if (response->status != 401)
		return 0;
	(void)diag_set(diag, -EACCES, "%s does not let us in",
		       registry->reference->registry);
	diag_hint(diag, "log in again: skopeo login %s, or podman login",
		  registry->reference->registry);
	return -EACCES;
}

int registry_send(struct registry *registry, struct http_request *request,
		  struct http_response *response, struct diag *diag)
{
	for (unsigned int attempt = 1;; attempt++) {
		int r = registry_send_once(registry, request, response, diag);

		if ((r == 0 && !may_pass(0, response)) ||
		    !registry_again(registry, attempt, r, response, diag))
			return r;
	}
}

/* "GET /v2/" is what tells whether this is a registry at all. */
static int ping(struct registry *registry, struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	struct http_request request = { .method = "GET",
					.url = registry->base.data,
					.body_max = PING_BYTES_MAX };

	for (unsigned int attempt = 1;; attempt++) {
		int r = http_send(registry->http, &request, &response, diag);

		if (r == 0 &&
		    (response.status == 200 || response.status == 401))
			return 0;
		if (registry_again(registry, attempt, r, &response, diag))
			continue;
		if (r < 0)
			return diag_wrap(diag, r, "%s",
					 registry->reference->registry);
		return diag_set(diag, -EIO,
				"%s is no registry: it answers %u to /v2/",
				registry->reference->registry, response.status);
	}
}

static int connect_to(struct registry *registry, bool plain, struct diag *diag)
{
	struct http_options options = { .ca_file = registry->options->ca_file,
					.plain = plain };
	int r;

	http_free(steal_ptr(&registry->http));
	r = http_new(&options, &registry->http, diag);
	if (r == 0 && set_base(registry, plain ? "http" : "https") < 0)
		r = diag_oom(diag);
	return r == 0 ? ping(registry, diag) : r;
}

static int find_out(struct registry *registry, struct diag *diag)
{
	const struct registry_options *options = registry->options;
	int r = connect_to(registry, options->plain_http, diag);

	if (r != -EPROTO || options->plain_http)
		return r;
	if (options->ca_file || !reference_is_loopback(registry->reference)) {
		diag_hint(diag, "does it speak TLS at all? --plain-http does "
				"without, where nobody can listen in");
		return r;
	}
	diag_done(diag);
	return connect_to(registry, true, diag);
}

int registry_open(const struct reference *reference,
		  const struct registry_options *options,
		  struct registry **ret_registry, struct diag *diag)
{
	struct registry *registry = calloc(1, sizeof(*registry));
	int r;

	if (!registry)
		return diag_oom(diag);
	registry->reference = reference;
	registry->options = options;
	r = credentials_find(options->auth_file, reference,
			     &registry->credentials, diag);
	if (r == 0)
		r = find_out(registry, diag);
	if (r < 0) {
		registry_close(registry);
		return r;
	}
	*ret_registry = registry;
	return 0;
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	http_free(registry->http);
	buf_done(&registry->base);
	credentials_done(&registry->credentials);
	if (registry->authorization)
		explicit_bzero(registry->authorization,
			       strlen(registry->authorization));
	free(registry->authorization);
	free(registry);
}
