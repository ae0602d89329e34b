#include "pack/dpkg.h"

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/merged_usr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

enum {
	STATUS_LIMIT = 256 << 20,
	LIST_LIMIT = 64 << 20,
	ALIASES_MAX = 8,
};

/* Files of `from` are at `to`, but those of the package that diverts. */
struct diversion {
	const char *from, *to, *package;
};

struct database {
	int root;
	int info;		   /* var/lib/dpkg/info */
	bool aliased[ALIASES_MAX]; /* by index in merged_usr_names */
	struct buf diversion_text;
	struct diversion *diversions; /* sorted by `from` */
	size_t diversion_count;
	struct packages *packages;
};

/* One paragraph of the status file. Everything lies in the file's text. */
struct paragraph {
	const char *name, *version, *architecture, *status;
	bool same; /* Multi-Arch: same */
};

static void database_done(struct database *database)
{
	close_fd(&database->info);
	buf_done(&database->diversion_text);
	free(database->diversions);
	packages_free(database->packages);
}

static int read_beneath(int root, const char *path, size_t limit,
			struct buf *buf)
{
	CLEANUP_CLOSE int fd =
		beneath_open(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);

	return fd < 0 ? fd : read_to_end(fd, limit, buf);
}

static void find_aliases(struct database *database)
{
	for (int i = 0; merged_usr_names[i]; i++) {
		CLEANUP_FREE char *target = NULL;
		char wanted[32];

		(void)snprintf(wanted, sizeof(wanted), "/usr/%s",
			       merged_usr_names[i]);
		if (beneath_readlink(database->root, wanted + 4, &target) == 0)
			database->aliased[i] = strcmp(target, wanted) == 0 ||
					       strcmp(target, wanted + 1) == 0;
	}
}

static int compare_diversions(const void *a, const void *b)
{
	const struct diversion *one = a, *other = b;

	return strcmp(one->from, other->from);
}

/* Three lines each: from, to, package or ":" for the local administrator. */
static int read_diversions(struct database *database)
{
	char *rest;
	int r = read_beneath(database->root, "/var/lib/dpkg/diversions",
			     LIST_LIMIT, &database->diversion_text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = database->diversion_text.data;
	while (rest && *rest) {
		struct diversion next = {
			.from = strsep(&rest, "\n"),
			.to = strsep(&rest, "\n"),
			.package = strsep(&rest, "\n"),
		};

		if (!next.package)
			break;
		if (array_grow(&database->diversions, database->diversion_count,
			       sizeof(next)) < 0)
			return -ENOMEM;
		database->diversions[database->diversion_count++] = next;
	}
	if (database->diversion_count)
		qsort(database->diversions, database->diversion_count,
		      sizeof(*database->diversions), compare_diversions);
	return 0;
}

static const char *diverted(const struct database *database,
			    const char *package, const char *path)
{
	struct diversion key = { .from = path };
	const struct diversion *found;

	if (!database->diversion_count)
		return path;
	found = bsearch(&key, database->diversions, database->diversion_count,
			sizeof(key), compare_diversions);
	if (!found || strcmp(found->package, package) == 0)
		return path;
	return found->to;
}

static int add_file(struct database *database, const char *package,
		    const char *path)
{
	CLEANUP_FREE char *physical = NULL;
	int alias;

	path = diverted(database, package, path);
	if (!path_is_normal(path) || !path[1])
		return 0;
	alias = merged_usr_index(path);
	/* /bin itself is the link, not what it leads to. */
	if (alias < 0 || !database->aliased[alias] || !strchr(path + 1, '/'))
		return packages_add_file(database->packages, path,
					 strlen(path));
	if (asprintf(&physical, "/usr%s", path) < 0)
		return -ENOMEM;
	return packages_add_file(database->packages, physical,
				 strlen(physical));
}

static int open_list(const struct database *database,
		     const struct paragraph *paragraph)
{
	CLEANUP_FREE char *name = NULL;
	int fd;

	if (asprintf(&name, "%s%s%s.list", paragraph->name,
		     paragraph->same ? ":" : "",
		     paragraph->same ? paragraph->architecture : "") < 0)
		return -ENOMEM;
	fd = openat(database->info, name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int add_package(struct database *database,
		       const struct paragraph *paragraph, struct buf *list)
{
	CLEANUP_CLOSE int fd = -1;
	char *rest, *path;
	int r;

	if (strchr(paragraph->name, '/') ||
	    strchr(paragraph->architecture, '/'))
		return 0;
	r = packages_add(database->packages, paragraph->name,
			 paragraph->version, paragraph->architecture);
	if (r < 0)
		return r;
	fd = open_list(database, paragraph);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	buf_reset(list);
	r = read_to_end(fd, LIST_LIMIT, list);
	if (r < 0)
		return r;
	rest = list->data;
	while (rest && (path = strsep(&rest, "\n")) != NULL)
		if (*path &&
		    (r = add_file(database, paragraph->name, path)) < 0)
			return r;
	return 0;
}

/* "want flag state": its files are there in every state but these two. */
static bool has_files(const char *status)
{
	const char *state = strrchr(status, ' ');

	return state && strcmp(state, " not-installed") != 0 &&
	       strcmp(state, " config-files") != 0;
}

/* If `line` is the field `name`, its value. */
static bool is_field(char *line, const char *name, const char **ret_value)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return false;
	line += length + 1;
	*ret_value = line + strspn(line, " \t");
	return true;
}

static void parse_line(char *line, struct paragraph *paragraph)
{
	const char *value;

	if (is_field(line, "Package", &paragraph->name) ||
	    is_field(line, "Version", &paragraph->version) ||
	    is_field(line, "Architecture", &paragraph->architecture) ||
	    is_field(line, "Status", &paragraph->status))
		return;
	if (is_field(line, "Multi-Arch", &value))
		paragraph->same = strcmp(value, "same") == 0;
}

static int read_status(struct database *database, char *text)
{
	CLEANUP_BUF struct buf list = BUF_INIT;
	struct paragraph paragraph = { 0 };
	char *rest = text;

	while (rest) {
		char *line = strsep(&rest, "\n");
		int r;

		if (*line) {
			parse_line(line, &paragraph);
			if (rest)
				continue;
		}
		if (paragraph.name && paragraph.version &&
		    paragraph.architecture && paragraph.status &&
		    has_files(paragraph.status)) {
			r = add_package(database, &paragraph, &list);
			if (r < 0)
				return r;
		}
		paragraph = (struct paragraph){ 0 };
	}
	return 0;
}

static int read_database(struct database *database, char *status)
{
	int r;

	database->info = beneath_open(database->root, "/var/lib/dpkg/info",
				      O_RDONLY | O_DIRECTORY, 0);
	if (database->info < 0)
		return database->info;
	find_aliases(database);
	r = packages_new(&database->packages);
	if (r < 0)
		return r;
	r = read_diversions(database);
	if (r < 0)
		return r;
	r = read_status(database, status);
	if (r < 0)
		return r;
	return packages_freeze(database->packages);
}

int dpkg_read(int root, struct packages **ret_packages, struct diag *diag)
{
	CLEANUP(database_done)
	struct database database = {
		.root = root,
		.info = -1,
	};
	CLEANUP_BUF struct buf status = BUF_INIT;
	int r;

	r = read_beneath(root, "/var/lib/dpkg/status", STATUS_LIMIT, &status);
	if (r == -ENOENT || r == -ENOTDIR) {
		*ret_packages = NULL;
		return 0;
	}
	if (r == 0 && status.length)
		r = read_database(&database, status.data);
	if (r < 0)
		return diag_errno(diag, r, "cannot read the dpkg database");
	*ret_packages = steal_ptr(&database.packages);
	return 0;
}
