#include "pack/debian_lists.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/replace_file.h"
#include "pack/string_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	STATE_LIMIT = 1 << 16,
	RELEASE_LIMIT = 64 << 20,
	FRESH_SECONDS = 24 * 60 * 60,
	NEW_SECONDS = 60,
};

static const char header[] = "jailpack lists 1";

void debian_lists_done(struct debian_lists *lists)
{
	apt_host_done(&lists->places);
}

/* Whether the line is KEY and a blank, and then where its value begins. */
static const char *line_value(const char *line, const char *key)
{
	size_t length = strlen(key);

	return line && strncmp(line, key, length) == 0 && line[length] == ' '
		       ? line + length + 1
		       : NULL;
}

static int parse_digest(const char *text, uint8_t ret_digest[SHA256_SIZE])
{
	return text ? sha256_parse(text, ret_digest) : -EINVAL;
}

static int parse(char *text, struct debian_lists *lists)
{
	const char *line = strsep(&text, "\n");

	if (!line || strcmp(line, header) != 0 ||
	    parse_digest(line_value(strsep(&text, "\n"), "lists"),
			 lists->digest) < 0 ||
	    parse_digest(line_value(strsep(&text, "\n"), "host"), lists->host) <
		    0)
		return -EBADMSG;
	for (int i = 0; i < APT_PLACES; i++) {
		const char *place = line_value(strsep(&text, "\n"), "place");

		if (!place)
			return -EBADMSG;
		lists->places.places[i] = strdup(place);
		if (!lists->places.places[i])
			return -ENOMEM;
	}
	return 0;
}

int debian_lists_read(const char *directory, struct debian_lists *ret_lists)
{
	CLEANUP_FREE char *path = path_join(directory, "state");
	CLEANUP_DEBIAN_LISTS struct debian_lists lists = { 0 };
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct stat status;

	if (!path || stat(path, &status) < 0 ||
	    read_file(path, STATE_LIMIT, &text, NULL) < 0 || !text.length ||
	    parse(text.data, &lists) < 0)
		return -ENOENT;
	lists.fetched = status.st_mtim.tv_sec;
	*ret_lists = lists;
	lists = (struct debian_lists){ 0 };
	return 0;
}

static bool is_release(const char *name)
{
	size_t length = strlen(name);

	return length >= 7 && strcmp(name + length - 7, "Release") == 0;
}

static int release_files(const char *directory, struct string_list *paths)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return -errno;
	while (r == 0 && (errno = 0, (entry = readdir(stream)) != NULL))
		if (is_release(entry->d_name))
			r = string_list_take(
				paths, path_join(directory, entry->d_name));
	if (r == 0)
		r = -errno;
	(void)closedir(stream);
	return r;
}

/* Release files hold the digests of all lists. */
static int digest_lists(const char *directory, uint8_t ret_digest[SHA256_SIZE],
			struct diag *diag)
{
	CLEANUP_FREE char *lists = path_join(directory, "lists");
	CLEANUP(string_list_done) struct string_list paths = { 0 };
	struct sha256 hash;
	char **sorted;
	int r = lists ? release_files(lists, &paths) : -ENOMEM;

	if (r < 0)
		return diag_errno(diag, r, "cannot list %s/lists", directory);
	sorted = string_list_steal_sorted(&paths);
	if (!sorted)
		return diag_oom(diag);
	sha256_init(&hash);
	for (char **path = sorted; r == 0 && *path; path++) {
		CLEANUP_BUF struct buf text = BUF_INIT;

		r = read_file(*path, RELEASE_LIMIT, &text, diag);
		sha256_update(&hash, path_name(*path),
			      strlen(path_name(*path)) + 1);
		sha256_update(&hash, text.data, text.length);
	}
	strv_free(sorted);
	sha256_final(&hash, ret_digest);
	return r;
}

int debian_lists_write(const char *directory, const struct apt_host *host,
		       struct diag *diag)
{
	CLEANUP_FREE char *path = path_join(directory, "state");
	CLEANUP_BUF struct buf text = BUF_INIT;
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	int r = digest_lists(directory, digest, diag);

	if (r < 0)
		return r;
	sha256_format(digest, hex);
	buf_printf(&text, "%s\nlists %s\n", header, hex);
	r = apt_host_fingerprint(host, digest);
	if (r < 0)
		return diag_errno(diag, r, "cannot look at apt's settings");
	sha256_format(digest, hex);
	buf_printf(&text, "host %s\n", hex);
	for (int i = 0; i < APT_PLACES; i++)
		buf_printf(&text, "place %s\n", host->places[i]);
	if (!path)
		return diag_oom(diag);
	return replace_file(path, &text, diag);
}

/* A clock that was set back makes them old. */
static bool is_within(const struct debian_lists *lists, time_t seconds)
{
	time_t now = time(NULL);

	return lists->fetched <= now && now - lists->fetched < seconds;
}

bool debian_lists_are_new(const struct debian_lists *lists)
{
	return is_within(lists, NEW_SECONDS);
}

bool debian_lists_are_fresh(const struct debian_lists *lists)
{
	uint8_t host[SHA256_SIZE];

	return is_within(lists, FRESH_SECONDS) &&
	       apt_host_fingerprint(&lists->places, host) == 0 &&
	       memcmp(host, lists->host, sizeof(host)) == 0;
}
