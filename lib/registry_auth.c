/* Who we are: RFC 7617 (Basic), RFC 6750 (Bearer), and how a token is come by:
 * distribution/docs/spec/auth/token.md and oauth.md. */
#include "lib/challenge.h"
#include "lib/registry_session.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { TOKEN_BYTES_MAX = 64 << 10 };

static int set_authorization(struct registry *registry, const char *scheme,
			     const char *value, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_printf(&text, "%s %s", scheme, value);
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	free(registry->authorization);
	registry->authorization = buf_steal(&text);
	return 0;
}

static int nobody(const struct registry *registry, struct diag *diag)
{
	const char *host = registry->reference->registry;

	(void)diag_set(diag, -EACCES, "%s wants to know who is asking", host);
	diag_hint(diag,
		  "log in first: skopeo login %s, or podman login; or "
		  "name the file with --authfile",
		  host);
	return -EACCES;
}

/* Tokens go over nothing that the registry itself would not be spoken to by,
 * and not into a header that they could end. */
static bool is_token(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at <= ' ' || *at > '~')
			return false;
	}
	return *text;
}

static int take_token(struct registry *registry, const struct buf *body,
		      struct diag *diag)
{
	json_t *root =
		json_loadb(body->data ? body->data : "", body->length, 0, NULL);
	const char *token = json_string_value(json_object_get(root, "token"));
	int r;

	if (!token)
		token = json_string_value(
			json_object_get(root, "access_token"));
	if (token && is_token(token))
		r = set_authorization(registry, "Bearer", token, diag);
	else
		r = diag_set(diag, -EBADMSG, "what it gives out is no token");
	json_decref(root);
	return r;
}

/* "&name=value", in a query or in a form. */
static int add_parameter(struct http *http, struct buf *text, char separator,
			 const char *name, const char *value)
{
	if (!*value)
		return 0;
	buf_printf(text, "%c%s=", separator, name);
	return http_escape(http, value, text);
}

/* One scope a parameter; in a challenge they are separated by spaces. */
static int add_scopes(struct http *http, struct buf *text, const char *scopes)
{
	int r = 0;

	while (r == 0 && *(scopes += strspn(scopes, " "))) {
		size_t length = strcspn(scopes, " ");
		CLEANUP_FREE char *scope = strndup(scopes, length);

		r = scope ? add_parameter(http, text, '&', "scope", scope)
			  : -ENOMEM;
		scopes += length;
	}
	return r;
}

/* Everything at once in the query, and who we are in the header. */
static int ask_by_query(struct registry *registry,
			const struct challenge *challenge,
			struct http_response *response, struct diag *diag)
{
	CLEANUP_BUF struct buf url = BUF_INIT, basic = BUF_INIT;
	struct http_request request = { .method = "GET",
					.body_max = TOKEN_BYTES_MAX };
	char separator = strchr(challenge->realm, '?') ? '&' : '?';
	int r;

	buf_puts(&url, challenge->realm);
	buf_printf(&url, "%cclient_id=jailpack", separator);
	r = add_parameter(registry->http, &url, '&', "service",
			  challenge->service);
	if (r == 0)
		r = add_scopes(registry->http, &url, challenge->scope);
	if (registry->credentials.basic)
		buf_printf(&basic, "Basic %s", registry->credentials.basic);
	if (r < 0 || buf_check(&url) < 0 || buf_check(&basic) < 0)
		return diag_oom(diag);
	request.url = url.data;
	request.authorization = basic.data;
	return http_send(registry->http, &request, response, diag);
}

/* With an identity token, as oauth.md has it. */
static int ask_by_form(struct registry *registry,
		       const struct challenge *challenge,
		       struct http_response *response, struct diag *diag)
{
	char type[] = "Content-Type: application/x-www-form-urlencoded";
	char *headers[] = { type, NULL };
	CLEANUP_BUF struct buf form = BUF_INIT;
	struct http_request request = { .method = "POST",
					.url = challenge->realm,
					.headers = headers,
					.body_max = TOKEN_BYTES_MAX };
	int r;

	buf_puts(&form, "grant_type=refresh_token&client_id=jailpack");
	r = add_parameter(registry->http, &form, '&', "service",
			  challenge->service);
	if (r == 0)
		r = add_parameter(registry->http, &form, '&', "scope",
				  challenge->scope);
	if (r == 0)
		r = add_parameter(registry->http, &form, '&', "refresh_token",
				  registry->credentials.token);
	if (r < 0 || buf_check(&form) < 0)
		return diag_oom(diag);
	request.body = form.data;
	request.body_length = form.length;
	r = http_send(registry->http, &request, response, diag);
	explicit_bzero(form.data, form.length);
	return r;
}

static int fetch_token(struct registry *registry,
		       const struct challenge *challenge, struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	int r = 0;

	for (unsigned int attempt = 1;; attempt++) {
		r = registry->credentials.token
			    ? ask_by_form(registry, challenge, &response, diag)
			    : ask_by_query(registry, challenge, &response,
					   diag);
		if ((r == 0 && response.status == 200) ||
		    !registry_again(registry, attempt, r, &response, diag))
			break;
	}
	if (r == 0 && (response.status == 401 || response.status == 403))
		return registry->credentials.basic ||
				       registry->credentials.token
			       ? diag_set(diag, -EACCES,
					  "it does not know us: log in again")
			       : nobody(registry, diag);
	if (r == 0 && response.status != 200)
		r = diag_set(diag, -EIO, "it answers %u", response.status);
	if (r == 0)
		r = take_token(registry, &response.body, diag);
	return r;
}

int registry_authorize(struct registry *registry, const char *challenge_text,
		       struct diag *diag)
{
	struct challenge challenge;
	int r;

	challenge_parse(challenge_text ? challenge_text : "", &challenge);
	switch (challenge.scheme) {
	case CHALLENGE_BEARER:
		r = fetch_token(registry, &challenge, diag);
		return r < 0 ? diag_wrap(diag, r,
					 "cannot get a token of %.200s",
					 challenge.realm)
			     : 0;
	case CHALLENGE_BASIC:
		if (!registry->credentials.basic)
			return nobody(registry, diag);
		return set_authorization(registry, "Basic",
					 registry->credentials.basic, diag);
	default:
		return diag_set(diag, -EACCES,
				"%s asks for an authentication that is not "
				"known here",
				registry->reference->registry);
	}
}
