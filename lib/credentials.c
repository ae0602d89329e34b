#include "lib/credentials.h"

#include "lib/credential_helper.h"
#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

void credentials_done(struct credentials *credentials)
{
	/* Not to be found in memory that is given away. */
	if (credentials->basic)
		explicit_bzero(credentials->basic, strlen(credentials->basic));
	if (credentials->token)
		explicit_bzero(credentials->token, strlen(credentials->token));
	free(steal_ptr(&credentials->basic));
	free(steal_ptr(&credentials->token));
}

/* --- One file ------------------------------------------------------------- */

/* Old files of docker's have URLs for keys: "https://HOST/v1/". */
static const char *without_scheme(const char *key)
{
	const char *scheme = strstr(key, "://");

	return scheme ? scheme + 3 : key;
}

/* How much of "REGISTRY/REPOSITORY" a key covers, whole components only; 0 if
 * it is another's. */
static size_t covers(const char *key, const char *place)
{
	size_t length;

	if (key != without_scheme(key)) {
		key = without_scheme(key);
		length = strcspn(key, "/");
	} else {
		length = strlen(key);
	}
	if (strncmp(key, place, length) != 0)
		return 0;
	return place[length] == '\0' || place[length] == '/' ? length : 0;
}

/* Borrowed from `entries`; NULL if no key covers the place. */
static json_t *nearest(json_t *entries, const char *place)
{
	json_t *best = NULL;
	json_t *value;
	const char *key;
	size_t most = 0;

	json_object_foreach(entries, key, value)
	{
		size_t length = covers(key, place);

		if (length > most) {
			most = length;
			best = value;
		}
	}
	return best;
}

static bool is_base64(const char *text)
{
	return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/=") == strlen(text);
}

bool credentials_is_token(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static int take_entry(json_t *entry, struct credentials *credentials,
		      struct diag *diag)
{
	const char *basic = json_string_value(json_object_get(entry, "auth"));
	const char *token =
		json_string_value(json_object_get(entry, "identitytoken"));

	if (basic && *basic && !is_base64(basic))
		return refuse(diag, "\"auth\" is not base64");
	if (token && !credentials_is_token(token))
		return refuse(diag, "\"identitytoken\" is no token");
	if (token && *token) {
		credentials->token = strdup(token);
		return credentials->token ? 0 : diag_oom(diag);
	}
	if (basic && *basic) {
		credentials->basic = strdup(basic);
		return credentials->basic ? 0 : diag_oom(diag);
	}
	return 0;
}

static int take_helper(json_t *root, const char *place, char **ret_helper,
		       struct diag *diag)
{
	const char *helper = json_string_value(
		nearest(json_object_get(root, "credHelpers"), place));

	if (!helper)
		helper = json_string_value(json_object_get(root, "credsStore"));
	*ret_helper = NULL;
	if (!helper)
		return 0;
	*ret_helper = strdup(helper);
	return *ret_helper ? 0 : diag_oom(diag);
}

int credentials_parse(const char *json, size_t length,
		      const struct reference *reference,
		      struct credentials *ret_credentials, char **ret_helper,
		      struct diag *diag)
{
	CLEANUP_CREDENTIALS struct credentials credentials = CREDENTIALS_INIT;
	char place[REFERENCE_REGISTRY_MAX + REFERENCE_REPOSITORY_MAX + 2];
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	json_t *entry;
	char *helper = NULL;
	int r;

	if (!root || !json_is_object(root)) {
		json_decref(root);
		return refuse(diag, "it is not what a login writes: %s",
			      root ? "no object" : error.text);
	}
	(void)snprintf(place, sizeof(place), "%s/%s", reference->registry,
		       reference->repository);
	entry = nearest(json_object_get(root, "auths"), place);
	r = entry ? take_entry(entry, &credentials, diag) : 0;
	if (r == 0 && !credentials.basic && !credentials.token)
		r = take_helper(root, place, &helper, diag);
	json_decref(root);
	if (r < 0)
		return r;
	*ret_credentials = credentials;
	credentials = CREDENTIALS_INIT;
	*ret_helper = helper;
	return 0;
}

/* --- Where they lie ------------------------------------------------------- */

struct candidate {
	const char *variable; /* whose value the path begins with; NULL: "/" */
	const char *rest;
};

static const struct candidate candidates[] = {
	{ "XDG_RUNTIME_DIR", "/containers/auth.json" },
	{ NULL, NULL }, /* of this user in /run/containers */
	{ "XDG_CONFIG_HOME", "/containers/auth.json" },
	{ "HOME", "/.config/containers/auth.json" },
	{ "DOCKER_CONFIG", "/config.json" },
	{ "HOME", "/.docker/config.json" },
};

static int read_candidate(const char *path, bool must_exist,
			  const struct reference *reference,
			  struct credentials *credentials, struct diag *diag)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_FREE char *helper = NULL;
	int r;

	if (fd < 0 && !must_exist)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR
			       ? 0
			       : diag_errno(diag, -errno, "cannot open %s",
					    path);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = read_to_end(fd, FILE_BYTES_MAX, &text);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", path);
	r = credentials_parse(text.data ? text.data : "", text.length,
			      reference, credentials, &helper, diag);
	if (text.data)
		explicit_bzero(text.data, text.length);
	if (r < 0)
		return diag_wrap(diag, r, "%s", path);
	if (!helper)
		return 0;
	r = credential_helper_ask(helper, reference->registry, credentials,
				  diag);
	if (r == 0)
		return 0;
	diag_hint(diag,
		  "%s has it for %s; to do without: skopeo login --authfile "
		  "FILE %s, and name that FILE with --authfile",
		  path, reference->registry, reference->registry);
	return r;
}

static int candidate_path(const struct candidate *candidate, struct buf *path)
{
	const char *start =
		candidate->variable ? getenv(candidate->variable) : "";

	buf_reset(path);
	if (!start || (candidate->variable && *start != '/'))
		return -ENOENT;
	if (candidate->variable)
		buf_printf(path, "%s%s", start, candidate->rest);
	else
		buf_printf(path, "/run/containers/%u/auth.json",
			   (unsigned int)geteuid());
	return buf_check(path);
}

int credentials_find(const char *file, const struct reference *reference,
		     struct credentials *ret_credentials, struct diag *diag)
{
	CLEANUP_CREDENTIALS struct credentials found = CREDENTIALS_INIT;
	CLEANUP_BUF struct buf path = BUF_INIT;
	const char *named = file ? file : getenv("REGISTRY_AUTH_FILE");
	int r = 0;

	if (named && *named) {
		r = read_candidate(named, true, reference, &found, diag);
	} else {
		for (size_t i = 0; r == 0 && !found.basic && !found.token &&
				   i < ARRAY_SIZE(candidates);
		     i++) {
			if (candidate_path(&candidates[i], &path) == 0)
				r = read_candidate(path.data, false, reference,
						   &found, diag);
		}
	}
	if (r < 0)
		return r;
	*ret_credentials = found;
	found = CREDENTIALS_INIT;
	return 0;
}
