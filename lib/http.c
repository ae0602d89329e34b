#include "lib/http.h"

#include "lib/fdio.h"
#include "lib/http_library.h"
#include "lib/http_response.h"

#include <errno.h>
#include <string.h>

enum {
	CONNECT_SECONDS = 15,
	/* Slower than this for so long is as good as dead. */
	SLOW_BYTES = 16,
	SLOW_SECONDS = 30,
};

struct http {
	struct http_library library;
	CURL *easy;
	char *ca_file;
	bool plain;
	char reason[CURL_ERROR_SIZE];
};

/* One request on its way. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	struct http_response *response;
	uint64_t sent;
	int error; /* of a callback: it counts more than libcurl's */
};

int http_new(const struct http_options *options, struct http **ret_http,
	     struct diag *diag)
{
	struct http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return diag_oom(diag);
	http->plain = options->plain;
	r = http_library_load(&http->library, diag);
	if (r == 0) {
		http->easy = http->library.easy_init();
		http->ca_file =
			options->ca_file ? strdup(options->ca_file) : NULL;
		if (!http->easy || (options->ca_file && !http->ca_file))
			r = diag_oom(diag);
	}
	if (r < 0) {
		http_free(http);
		return r;
	}
	*ret_http = http;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	if (http->easy)
		http->library.easy_cleanup(http->easy);
	free(http->ca_file);
	free(http);
}

int http_escape(struct http *http, const char *text, struct buf *url)
{
	char *escaped = http->library.easy_escape(http->easy, text, 0);

	if (!escaped)
		return -ENOMEM;
	buf_puts(url, escaped);
	http->library.free(escaped);
	return buf_check(url);
}

/* --- Headers -------------------------------------------------------------- */

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	size_t length = size * count;
	char line[HTTP_HEADER_MAX];
	char *colon, *value;

	if (length >= sizeof(line)) /* none that is looked at is so long */
		return length;
	memcpy(line, data, length);
	line[length] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "HTTP/", 5) == 0) {
		http_response_forget(exchange->response);
		return length;
	}
	colon = strchr(line, ':');
	if (!colon)
		return length;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	http_response_header(exchange->response, line, value);
	return length;
}

/* --- Bodies --------------------------------------------------------------- */

static void look_at_status(struct exchange *exchange)
{
	long status = 0;

	(void)exchange->http->library.easy_getinfo(
		exchange->http->easy, CURLINFO_RESPONSE_CODE, &status);
	exchange->response->status = (unsigned int)status;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct http_request *request = exchange->request;
	struct http_response *response = exchange->response;
	size_t length = size * count;
	size_t max = request->body_max;

	look_at_status(exchange);
	if (response->status != 200 && response->status != 206) {
		/* What else a server wants to say is not worth an error. */
		if (response->body.length + length <= HTTP_ERROR_BODY_MAX)
			buf_append(&response->body, data, length);
		return length;
	}
	if (request->take) {
		exchange->error =
			request->take(request->context, response, data, length);
		return exchange->error == 0 ? length : 0;
	}
	if (length > max || response->body.length > max - length) {
		exchange->error = -EFBIG;
		return 0;
	}
	buf_append(&response->body, data, length);
	return length;
}

static size_t on_read(char *data, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct http_request *request = exchange->request;
	uint64_t left = request->body_length - exchange->sent;
	size_t length = size * count < left ? size * count : (size_t)left;

	if (length == 0)
		return 0;
	if (request->body)
		memcpy(data, (const char *)request->body + exchange->sent,
		       length);
	else
		exchange->error =
			pread_all(request->body_fd, data, length,
				  request->body_offset + exchange->sent);
	if (exchange->error < 0)
		return CURL_READFUNC_ABORT;
	exchange->sent += length;
	if (request->sent)
		request->sent(request->context, exchange->sent);
	return length;
}

/* A kept connection may turn out to be dead: the body begins again then. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
	struct exchange *exchange = context;

	if (origin != SEEK_SET || offset < 0 ||
	    (uint64_t)offset > exchange->request->body_length)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* --- The request ---------------------------------------------------------- */

static bool has_body(const struct http_request *request)
{
	return strcmp(request->method, "GET") != 0 &&
	       strcmp(request->method, "HEAD") != 0;
}

/* As many as stand there; a NULL in `list` is memory that has run out. */
static int make_headers(struct http *http, const struct http_request *request,
			struct curl_slist **list)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	struct curl_slist *longer;
	size_t count = strv_length(request->headers);

	/* Bodies are small, or their receiver has agreed before. */
	*list = http->library.slist_append(NULL, "Expect:");
	for (size_t i = 0; *list && i < count; i++) {
		longer = http->library.slist_append(*list, request->headers[i]);
		if (!longer)
			return -ENOMEM;
		*list = longer;
	}
	if (*list && request->authorization) {
		buf_printf(&line, "Authorization: %s", request->authorization);
		longer = buf_check(&line) == 0
				 ? http->library.slist_append(*list, line.data)
				 : NULL;
		if (!longer)
			return -ENOMEM;
		*list = longer;
	}
	return *list ? 0 : -ENOMEM;
}

static void set_up(struct exchange *exchange, struct curl_slist *headers)
{
	struct http *http = exchange->http;
	const struct http_request *request = exchange->request;
	const char *protocols = http->plain ? "http,https" : "https";
	CURL *easy = http->easy;

#define SET(option, value)                                                     \
	((void)http->library.easy_setopt(easy, CURLOPT_##option, value))
	http->library.easy_reset(easy); /* its connections stay */
	SET(URL, request->url);
	SET(USERAGENT, "jailpack/" JAIL_VERSION);
	SET(PROTOCOLS_STR, protocols);
	SET(REDIR_PROTOCOLS_STR, protocols);
	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	SET(LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	SET(LOW_SPEED_TIME, (long)SLOW_SECONDS);
	SET(ERRORBUFFER, http->reason);
	SET(HTTPHEADER, headers);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, exchange);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, exchange);
	if (http->ca_file) {
		SET(CAINFO, http->ca_file);
		SET(CAPATH, NULL);
	}
	if (has_body(request)) {
		SET(UPLOAD, 1L);
		SET(CUSTOMREQUEST, request->method);
		SET(READFUNCTION, on_read);
		SET(READDATA, exchange);
		SET(SEEKFUNCTION, on_seek);
		SET(SEEKDATA, exchange);
		SET(INFILESIZE_LARGE, (curl_off_t)request->body_length);
	} else {
		SET(FOLLOWLOCATION, 1L);
		SET(MAXREDIRS, (long)HTTP_REDIRECTS_MAX);
		if (strcmp(request->method, "HEAD") == 0)
			SET(NOBODY, 1L);
	}
#undef SET
}

static bool is_passing(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return true;
	default:
		return false;
	}
}

static int failed(struct exchange *exchange, CURLcode code, struct diag *diag)
{
	const struct http *http = exchange->http;
	const char *reason = *http->reason ? http->reason
					   : http->library.easy_strerror(code);

	if (exchange->error == -EFBIG)
		return diag_set(diag, -EFBIG,
				"the answer is longer than any can be");
	if (exchange->error)
		return diag_errno(diag, exchange->error,
				  "cannot go on with it");
	exchange->response->passing = is_passing(code);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return diag_set(diag, -EKEYREJECTED, "%s", reason);
	if (code == CURLE_SSL_CONNECT_ERROR)
		return diag_set(diag, -EPROTO, "%s", reason);
	return diag_set(diag, -EIO, "%s", reason);
}

int http_send(struct http *http, const struct http_request *request,
	      struct http_response *response, struct diag *diag)
{
	struct exchange exchange = {
		.http = http,
		.request = request,
		.response = response,
	};
	struct curl_slist *headers = NULL;
	CURLcode code;
	int r = make_headers(http, request, &headers);

	if (r == 0) {
		*http->reason = '\0';
		response->status = 0;
		response->passing = false;
		http_response_forget(response);
		set_up(&exchange, headers);
		code = http->library.easy_perform(http->easy);
		look_at_status(&exchange);
		if (code != CURLE_OK)
			r = failed(&exchange, code, diag);
		http_response_resolve(response, request->url);
	}
	http->library.slist_free_all(headers);
	if (r == -ENOMEM || buf_check(&response->body) < 0 ||
	    buf_check(&response->challenge) < 0 ||
	    buf_check(&response->location) < 0 ||
	    buf_check(&response->link) < 0)
		return diag_oom(diag);
	return r;
}
