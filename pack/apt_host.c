#include "pack/apt_host.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/apt_sources.h"
#include "pack/string_list.h"
#include "pack/subprocess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { SOURCES_LIMIT = 4 << 20 };

void apt_host_done(struct apt_host *host)
{
	for (int i = 0; i < APT_PLACES; i++)
		free(host->places[i]);
	*host = (struct apt_host){ 0 };
}

/*
 * A line of apt-config's: P2='/etc/apt/sources.list', quoted as a shell wants
 * it.
 */
static int take_place(struct apt_host *host, const char *line)
{
	CLEANUP_FREE char *path = NULL;
	size_t length = strlen(line);
	const char *from = line + 4;
	char *to;
	int place;

	if (length < 5 || line[0] != 'P' || line[1] < '0' ||
	    line[1] >= '0' + APT_PLACES || line[2] != '=' || line[3] != '\'' ||
	    line[length - 1] != '\'')
		return 0;
	place = line[1] - '0';
	path = strndup(from, length - 5);
	if (!path)
		return -ENOMEM;
	from = to = path;
	while (*from) {
		if (strncmp(from, "'\\''", 4) == 0)
			from += 3;
		*to++ = *from++;
	}
	*to = '\0';
	free(host->places[place]);
	host->places[place] = steal_ptr(&path);
	return 0;
}

static int take_places(struct apt_host *host, char *text)
{
	char *line;
	int r;

	while ((line = strsep(&text, "\n")) != NULL) {
		r = take_place(host, line);
		if (r < 0)
			return r;
	}
	for (int i = 0; i < APT_PLACES; i++)
		if (!host->places[i])
			return -EBADMSG;
	return 0;
}

int apt_host_ask(struct apt_host *host, struct diag *diag)
{
	static const char *const arguments[] = {
		"apt-config", "shell",
		"P0",	      "Dir::Etc::main/f",
		"P1",	      "Dir::Etc::parts/d",
		"P2",	      "Dir::Etc::sourcelist/f",
		"P3",	      "Dir::Etc::sourceparts/d",
		"P4",	      "Dir::Etc::preferences/f",
		"P5",	      "Dir::Etc::preferencesparts/d",
		NULL,
	};
	CLEANUP_BUF struct buf output = BUF_INIT;
	CLEANUP_BUF struct buf errors = BUF_INIT;
	CLEANUP_APT_HOST struct apt_host asked = { 0 };
	const struct subprocess apt_config = {
		.arguments = arguments,
		.inherit = -1,
		.output = &output,
		.errors = &errors,
	};
	int status, r;

	r = subprocess_run(&apt_config, &status, diag);
	if (r == -ENOENT)
		diag_hint(diag, "Debian packages are fetched with apt: this "
				"needs a host that has it");
	if (r < 0)
		return r;
	buf_putc(&output, '\n');
	r = buf_check(&output);
	if (r == 0)
		r = take_places(&asked, output.data);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r < 0 || status != 0)
		return diag_set(diag, -EBADMSG,
				"apt-config does not tell the host's settings: "
				"%s",
				errors.length ? errors.data : "no answer");
	*host = asked;
	asked = (struct apt_host){ 0 };
	return 0;
}

/* The paths of the files in a directory that there need not be. */
static int list_parts(const char *directory, struct string_list *parts)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while (r == 0 && (errno = 0, (entry = readdir(stream)) != NULL))
		if (entry->d_name[0] != '.')
			r = string_list_take(
				parts, path_join(directory, entry->d_name));
	if (r == 0)
		r = -errno;
	(void)closedir(stream);
	return r;
}

/* What a place holds: itself if it is a file, its files if a directory. */
static int list_place(const char *place, char ***ret_paths)
{
	CLEANUP(string_list_done) struct string_list list = { 0 };
	struct stat status;
	char **paths;
	int r = 0;

	if (stat(place, &status) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
	} else if (S_ISDIR(status.st_mode)) {
		r = list_parts(place, &list);
	} else {
		r = string_list_take(&list, strdup(place));
	}
	if (r < 0)
		return r;
	paths = string_list_steal_sorted(&list);
	if (!paths)
		return -ENOMEM;
	*ret_paths = paths;
	return 0;
}

static void describe(const char *path, struct buf *text)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return;
	buf_printf(text, "%s %lld %lld.%09ld\n", path,
		   (long long)status.st_size, (long long)status.st_mtim.tv_sec,
		   status.st_mtim.tv_nsec);
}

int apt_host_fingerprint(const struct apt_host *host,
			 uint8_t ret_digest[SHA256_SIZE])
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	const char *config = getenv("APT_CONFIG");

	buf_printf(&text, "%s\n", config ? config : "");
	if (config)
		describe(config, &text);
	for (int i = 0; i < APT_PLACES; i++) {
		char **paths;
		int r = list_place(host->places[i], &paths);

		if (r < 0)
			return r;
		for (char **path = paths; *path; path++)
			describe(*path, &text);
		strv_free(paths);
	}
	if (buf_check(&text) < 0)
		return -ENOMEM;
	sha256_digest(text.data, text.length, ret_digest);
	return 0;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), end = strlen(suffix);

	return length > end && strcmp(text + length - end, suffix) == 0;
}

struct collection {
	struct buf *lines, *stanzas;
	size_t count;
};

static int collect_file(const struct apt_suite_choice *choice,
			struct collection *collection, const char *path,
			struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	bool deb822 = has_suffix(path, ".sources");
	int r;

	if (!deb822 && !has_suffix(path, ".list"))
		return 0;
	r = read_file(path, SOURCES_LIMIT, &text, diag);
	if (r < 0)
		return r;
	if (!text.length)
		return 0;
	if (!choice) {
		collection->count += apt_sources_count(text.data, deb822);
		return 0;
	}
	r = apt_sources_choose(text.data, deb822, choice,
			       deb822 ? collection->stanzas : collection->lines,
			       &collection->count);
	return r < 0 ? diag_oom(diag) : 0;
}

/* Without a choice the entries are only counted. */
static int collect(const struct apt_host *host,
		   const struct apt_suite_choice *choice,
		   struct collection *collection, struct diag *diag)
{
	static const enum apt_place places[] = { APT_SOURCE_LIST,
						 APT_SOURCE_PARTS };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *place = host->places[places[i]];
		char **paths;
		int r = list_place(place, &paths);

		if (r < 0)
			return diag_errno(diag, r, "cannot read %s", place);
		for (char **path = paths; r == 0 && *path; path++)
			r = collect_file(choice, collection, *path, diag);
		strv_free(paths);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The value of a line of os-release(5), or "". */
static void read_os_release(const char *key, char *value, size_t size)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t length = strlen(key);
	char *rest, *line;

	value[0] = '\0';
	if (read_file("/etc/os-release", SOURCES_LIMIT, &text, NULL) < 0)
		return;
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, key, length) != 0 || line[length] != '=')
			continue;
		line += length + 1;
		line += strspn(line, "\"'");
		line[strcspn(line, "\"'")] = '\0';
		(void)snprintf(value, size, "%s", line);
	}
}

/*
 * Where the host does not have the suite: a release of Debian that it has
 * tells the mirrors. Its own first, then what sources may call a release.
 */
static int collect_from_another(const struct apt_host *host, const char *suite,
				struct collection *collection,
				struct diag *diag)
{
	char id[64], codename[64];
	const char *known[] = { codename,   "stable", "oldstable",   "testing",
				"unstable", "sid",    "oldoldstable" };

	read_os_release("ID", id, sizeof(id));
	read_os_release("VERSION_CODENAME", codename, sizeof(codename));
	if (strcmp(id, "debian") != 0)
		codename[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct apt_suite_choice choice = {
			.suite = suite,
			.instead_of = known[i],
		};
		int r;

		if (!*known[i])
			continue;
		r = collect(host, &choice, collection, diag);
		if (r < 0 || collection->count)
			return r;
	}
	return 0;
}

int apt_host_sources(const struct apt_host *host, const char *suite,
		     struct buf *lines, struct buf *stanzas, struct diag *diag)
{
	const struct apt_suite_choice choice = { .suite = suite };
	struct collection collection = {
		.lines = lines,
		.stanzas = stanzas,
	};
	int r = collect(host, suite ? &choice : NULL, &collection, diag);

	if (r == 0 && suite && !collection.count)
		r = collect_from_another(host, suite, &collection, diag);
	if (r < 0 || collection.count)
		return r;
	if (suite)
		(void)diag_set(diag, -ENOENT,
			       "the host's apt has no source from which "
			       "Debian %s could come",
			       suite);
	else
		(void)diag_set(diag, -ENOENT,
			       "the host's apt has no sources of packages");
	diag_hint(diag,
		  "name a mirror of Debian in %s: a file ending in .sources "
		  "with the lines Types: deb, URIs: its address, Suites: %s, "
		  "Components: main",
		  host->places[APT_SOURCE_PARTS],
		  suite ? suite : "the release");
	return -ENOENT;
}
