#include "lib/reference.h"

#include "lib/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EINVAL, __VA_ARGS__)

static const char algorithm[] = "sha256:";

int digest_parse(const char *text, uint8_t ret_digest[SHA256_SIZE])
{
	size_t prefix = sizeof(algorithm) - 1;

	if (strncmp(text, algorithm, prefix) != 0)
		return -EINVAL;
	return sha256_parse(text + prefix, ret_digest);
}

void digest_format(const uint8_t digest[SHA256_SIZE],
		   char ret_text[DIGEST_TEXT_SIZE])
{
	memcpy(ret_text, algorithm, sizeof(algorithm));
	sha256_format(digest, ret_text + sizeof(algorithm) - 1);
}

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

bool reference_is_meant(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length;

	/* "./image" and "../image" are paths. */
	if (!slash || slash == text || text[0] == '.')
		return false;
	length = (size_t)(slash - text);
	return memchr(text, '.', length) || memchr(text, ':', length) ||
	       (length == 9 && memcmp(text, "localhost", 9) == 0);
}

/* Where the port's colon stands, or the end. */
static const char *host_end(const char *registry)
{
	const char *bracket = *registry == '[' ? strchr(registry, ']') : NULL;
	const char *from = bracket ? bracket : registry;
	const char *colon = strchr(from, ':');

	return colon ? colon : registry + strlen(registry);
}

static bool is_host(const char *host, size_t length)
{
	if (length == 0 || host[0] == '-' || host[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_alnum(host[i]) && host[i] != '-' && host[i] != '.')
			return false;
	}
	return true;
}

static bool is_ipv6(const char *host, size_t length)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed;

	if (length < 2 || length - 2 >= sizeof(address) ||
	    host[length - 1] != ']')
		return false;
	memcpy(address, host + 1, length - 2);
	address[length - 2] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

static int check_registry(const char *registry, struct diag *diag)
{
	const char *end = host_end(registry);
	size_t length = (size_t)(end - registry);
	uint64_t port = 0;

	if (registry[0] == '[' ? !is_ipv6(registry, length)
			       : !is_host(registry, length))
		return refuse(diag, "\"%s\" is no host", registry);
	if (*end &&
	    (number_parse(end + 1, 10, UINT16_MAX, &port) < 0 || port == 0))
		return refuse(diag, "\"%s\" is no port", end + 1);
	return 0;
}

/* One of ".", "_", "__", or any number of "-": what may stand between letters
 * and digits. */
static size_t separator_length(const char *text)
{
	size_t dashes = strspn(text, "-");

	if (dashes)
		return dashes;
	if (text[0] == '_' && text[1] == '_')
		return 2;
	return text[0] == '_' || text[0] == '.' ? 1 : 0;
}

static int check_repository(const char *repository, struct diag *diag)
{
	const char *at = repository;

	for (;;) {
		size_t separator;

		if (!is_lower_alnum(*at))
			break;
		while (is_lower_alnum(*at))
			at++;
		if (*at == '\0')
			return 0;
		separator = *at == '/' ? 1 : separator_length(at);
		if (separator == 0)
			break;
		at += separator;
	}
	(void)refuse(diag, "\"%s\" is no name of a repository", repository);
	diag_hint(diag, "lower-case letters and digits, with single '.', '_', "
			"'-' between them, and '/' between components");
	return -EINVAL;
}

static int check_tag(const char *tag, struct diag *diag)
{
	bool good = is_alnum(tag[0]) || tag[0] == '_';

	for (const char *at = tag; good && *at; at++)
		good = is_alnum(*at) || strchr("_.-", *at);
	if (!good)
		return refuse(diag, "\"%s\" is no tag", tag);
	return 0;
}

/* A piece of the text into its place. */
static int take(const char *from, size_t length, char *to, size_t max,
		const char *what, struct diag *diag)
{
	if (length > max)
		return refuse(diag, "its %s is longer than %zu bytes", what,
			      max);
	memcpy(to, from, length);
	to[length] = '\0';
	return 0;
}

static int split(const char *text, struct reference *reference,
		 struct diag *diag)
{
	size_t registry = strcspn(text, "/");
	const char *rest = text + registry + 1;
	size_t whole = strcspn(rest, "@");
	const char *colon = memchr(rest, ':', whole);
	size_t repository = colon ? (size_t)(colon - rest) : whole;
	int r = take(text, registry, reference->registry,
		     REFERENCE_REGISTRY_MAX, "registry", diag);

	if (r == 0)
		r = take(rest, repository, reference->repository,
			 REFERENCE_REPOSITORY_MAX, "repository", diag);
	if (r == 0 && colon)
		r = take(colon + 1, whole - repository - 1, reference->tag,
			 REFERENCE_TAG_MAX, "tag", diag);
	if (r == 0)
		r = check_registry(reference->registry, diag);
	if (r == 0)
		r = check_repository(reference->repository, diag);
	if (r == 0 && colon)
		r = check_tag(reference->tag, diag);
	if (r == 0 && rest[whole] == '@') {
		uint8_t digest[SHA256_SIZE];

		if (digest_parse(rest + whole + 1, digest) < 0)
			return refuse(diag, "\"%s\" is no sha256 digest",
				      rest + whole + 1);
		digest_format(digest, reference->digest);
	}
	return r;
}

int reference_parse(const char *text, struct reference *ret_reference,
		    struct diag *diag)
{
	struct reference reference = { 0 };
	int r;

	if (!reference_is_meant(text)) {
		(void)refuse(diag, "\"%s\" names no registry", text);
		diag_hint(diag, "write REGISTRY/REPOSITORY[:TAG], as in "
				"registry.example/web/apache:1.2");
		return -EINVAL;
	}
	r = split(text, &reference, diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", text);
	if (!*reference.tag && !*reference.digest)
		strcpy(reference.tag, "latest");
	*ret_reference = reference;
	return 0;
}

int reference_parse_repository(const char *text,
			       struct reference *ret_reference,
			       struct diag *diag)
{
	struct reference reference;
	const char *slash = strchr(text, '/');
	int r;

	if (slash && strpbrk(slash, ":@"))
		return refuse(diag,
			      "\"%s\" has a tag or a digest, but a repository "
			      "alone is asked for",
			      text);
	r = reference_parse(text, &reference, diag);
	if (r < 0)
		return r;
	*reference.tag = '\0';
	*ret_reference = reference;
	return 0;
}

void reference_put(struct buf *text, const struct reference *reference)
{
	buf_printf(text, "%s/%s", reference->registry, reference->repository);
	if (*reference->tag)
		buf_printf(text, ":%s", reference->tag);
	if (*reference->digest)
		buf_printf(text, "@%s", reference->digest);
}

const char *reference_name(const struct reference *reference)
{
	const char *slash = strrchr(reference->repository, '/');

	return slash ? slash + 1 : reference->repository;
}

bool reference_is_loopback(const struct reference *reference)
{
	const char *registry = reference->registry;
	size_t length = (size_t)(host_end(registry) - registry);
	char host[REFERENCE_REGISTRY_MAX + 1];
	struct in6_addr v6;
	struct in_addr v4;

	memcpy(host, registry, length);
	host[length] = '\0';
	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (host[0] != '[')
		return false;
	host[length - 1] = '\0';
	return inet_pton(AF_INET6, host + 1, &v6) == 1 &&
	       IN6_IS_ADDR_LOOPBACK(&v6);
}
