/* What of an answer is kept: its headers. */
#include "lib/http_response.h"

#include "lib/number.h"

#include <string.h>
#include <strings.h>

void http_response_done(struct http_response *response)
{
	buf_done(&response->body);
	buf_done(&response->challenge);
	buf_done(&response->location);
	buf_done(&response->link);
	buf_done(&response->digest);
	buf_done(&response->type);
}

void http_response_forget(struct http_response *response)
{
	buf_reset(&response->body);
	buf_reset(&response->challenge);
	buf_reset(&response->location);
	buf_reset(&response->link);
	buf_reset(&response->digest);
	buf_reset(&response->type);
	response->length = 0;
	response->range_from = response->range_to = 0;
	response->retry_after = 0;
}

/* "bytes 0-99/200", or "0-99" as an upload's progress is told. */
static void take_range(const char *value, struct http_response *response)
{
	char text[64];
	char *dash, *end;
	uint64_t from, to;

	value += strncmp(value, "bytes", 5) == 0 ? 5 : 0;
	value += strspn(value, " =");
	if (strlen(value) >= sizeof(text))
		return;
	strcpy(text, value);
	dash = strchr(text, '-');
	if (!dash)
		return;
	*dash++ = '\0';
	end = strchr(dash, '/');
	if (end)
		*end = '\0';
	if (number_parse(text, 10, UINT64_MAX, &from) < 0 ||
	    number_parse(dash, 10, UINT64_MAX, &to) < 0)
		return;
	response->range_from = from;
	response->range_to = to;
}

/* The URL of rel="next", RFC 8288; pages of lists hang together by it. */
static void take_link(const char *value, struct http_response *response)
{
	const char *open = strchr(value, '<');
	const char *close = open ? strchr(open, '>') : NULL;

	if (close && strstr(close, "next")) {
		buf_reset(&response->link);
		buf_append(&response->link, open + 1,
			   (size_t)(close - open - 1));
	}
}

static void keep(struct buf *to, const char *value)
{
	buf_reset(to);
	buf_puts(to, value);
}

void http_response_header(struct http_response *response, const char *name,
			  const char *value)
{
	uint64_t number;

	if (strcasecmp(name, "WWW-Authenticate") == 0) {
		if (response->challenge.length + strlen(value) >
		    HTTP_HEADER_MAX)
			return;
		if (response->challenge.length)
			buf_puts(&response->challenge, ", ");
		buf_puts(&response->challenge, value);
	} else if (strcasecmp(name, "Location") == 0) {
		keep(&response->location, value);
	} else if (strcasecmp(name, "Link") == 0) {
		take_link(value, response);
	} else if (strcasecmp(name, "Docker-Content-Digest") == 0) {
		keep(&response->digest, value);
	} else if (strcasecmp(name, "Content-Type") == 0) {
		keep(&response->type, value);
	} else if (strcasecmp(name, "Content-Range") == 0 ||
		   strcasecmp(name, "Range") == 0) {
		take_range(value, response);
	} else if (strcasecmp(name, "Content-Length") == 0) {
		if (number_parse(value, 10, UINT64_MAX, &number) == 0)
			response->length = number;
	} else if (strcasecmp(name, "Retry-After") == 0) {
		if (number_parse(value, 10, 3600, &number) == 0)
			response->retry_after = (unsigned int)number;
	}
}

/* RFC 3986, 4.2, as far as registries use it: what begins with a slash is on
 * the host that was asked. Anything else is no place to go to. */
static void resolve(const char *url, struct buf *location)
{
	CLEANUP_BUF struct buf absolute = BUF_INIT;
	const char *authority = strstr(url, "://");

	if (!location->length || strncmp(location->data, "http://", 7) == 0 ||
	    strncmp(location->data, "https://", 8) == 0)
		return;
	if (location->data[0] == '/' && location->data[1] != '/' && authority) {
		authority += 3;
		buf_append(&absolute, url,
			   (size_t)(authority - url) +
				   strcspn(authority, "/?#"));
		buf_puts(&absolute, location->data);
	}
	buf_reset(location);
	buf_append(location, absolute.data, absolute.length);
}

void http_response_resolve(struct http_response *response, const char *url)
{
	resolve(url, &response->location);
	resolve(url, &response->link);
}
