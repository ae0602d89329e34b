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
	PATH_SIZE = 4096,
};

/* Files of `from` are at `to`, but those of the package that diverts. */
struct diversion {
	const char *from, *to, *package;
};

struct dpkg {
	int root;		   /* not owned */
	int info;		   /* var/lib/dpkg/info */
	bool aliased[ALIASES_MAX]; /* by index in merged_usr_names */
	struct buf diversion_text;
	struct diversion *diversions; /* sorted by `from` */
	size_t diversion_count;
	uint64_t diversion_lengths; /* a bit for each length modulo 64 that a
				       `from` has: most paths need no look */
	struct packages *packages;
	char **lists; /* name of each package's list, in their order */
	size_t list_count;
};

/* One paragraph of the status file. Everything lies in the file's text. */
struct paragraph {
	const char *name, *version, *architecture, *status;
	bool same; /* Multi-Arch: same */
};

void dpkg_free(struct dpkg *dpkg)
{
	if (!dpkg)
		return;
	close_fd(&dpkg->info);
	buf_done(&dpkg->diversion_text);
	free(dpkg->diversions);
	packages_free(dpkg->packages);
	for (size_t i = 0; i < dpkg->list_count; i++)
		free(dpkg->lists[i]);
	free(dpkg->lists);
	free(dpkg);
}

static void cleanup_dpkg(struct dpkg **dpkg)
{
	dpkg_free(*dpkg);
}

struct packages *dpkg_packages(struct dpkg *dpkg)
{
	return dpkg->packages;
}

static int read_beneath(int root, const char *path, size_t limit,
			struct buf *buf)
{
	CLEANUP_CLOSE int fd =
		beneath_open(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);

	return fd < 0 ? fd : read_to_end(fd, limit, buf);
}

static void find_aliases(struct dpkg *dpkg)
{
	for (int i = 0; merged_usr_names[i]; i++) {
		CLEANUP_FREE char *target = NULL;
		char wanted[32];

		(void)snprintf(wanted, sizeof(wanted), "/usr/%s",
			       merged_usr_names[i]);
		if (beneath_readlink(dpkg->root, wanted + 4, &target) == 0)
			dpkg->aliased[i] = strcmp(target, wanted) == 0 ||
					   strcmp(target, wanted + 1) == 0;
	}
}

static int compare_diversions(const void *a, const void *b)
{
	const struct diversion *one = a, *other = b;

	return strcmp(one->from, other->from);
}

/* Three lines each: from, to, package or ":" for the local administrator. */
static int read_diversions(struct dpkg *dpkg)
{
	char *rest;
	int r = read_beneath(dpkg->root, "/var/lib/dpkg/diversions", LIST_LIMIT,
			     &dpkg->diversion_text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = dpkg->diversion_text.data;
	while (rest && *rest) {
		struct diversion next = {
			.from = strsep(&rest, "\n"),
			.to = strsep(&rest, "\n"),
			.package = strsep(&rest, "\n"),
		};

		if (!next.package)
			break;
		dpkg->diversion_lengths |= UINT64_C(1)
					   << (strlen(next.from) & 63);
		if (array_grow(&dpkg->diversions, dpkg->diversion_count,
			       sizeof(next)) < 0)
			return -ENOMEM;
		dpkg->diversions[dpkg->diversion_count++] = next;
	}
	if (dpkg->diversion_count)
		qsort(dpkg->diversions, dpkg->diversion_count,
		      sizeof(*dpkg->diversions), compare_diversions);
	return 0;
}

static const char *diverted(const struct dpkg *dpkg, const char *package,
			    const char *path, size_t length)
{
	struct diversion key = { .from = path };
	const struct diversion *found;

	if (!(dpkg->diversion_lengths >> (length & 63) & 1))
		return path;
	found = bsearch(&key, dpkg->diversions, dpkg->diversion_count,
			sizeof(key), compare_diversions);
	if (!found || strcmp(found->package, package) == 0)
		return path;
	return found->to;
}

/*
 * Where the file is that `package` calls `path`: for /lib/x it may be
 * /usr/lib/x, which is put into `moved`. NULL if it is nothing to tell.
 */
static const char *locate(const struct dpkg *dpkg, const char *package,
			  const char *path, size_t length, char *moved,
			  size_t size)
{
	int alias;

	path = diverted(dpkg, package, path, length);
	if (!path[0] || !path[1] || !path_is_normal(path))
		return NULL;
	alias = merged_usr_index(path);
	/* /bin itself is the link, not what it leads to. */
	if (alias < 0 || !dpkg->aliased[alias] || !strchr(path + 1, '/'))
		return path;
	if (snprintf(moved, size, "/usr%s", path) >= (int)size)
		return NULL;
	return moved;
}

static int read_list(const struct dpkg *dpkg, const char *name,
		     struct buf *list)
{
	CLEANUP_CLOSE int fd =
		openat(dpkg->info, name,
		       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	buf_reset(list);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return read_to_end(fd, LIST_LIMIT, list);
}

/* Calls `take` for every file of a package. */
static int for_each_file(const struct dpkg *dpkg, const char *package,
			 struct buf *list,
			 int (*take)(void *context, const char *path),
			 void *context)
{
	char moved[PATH_SIZE];
	char *line = list->data;

	while (line && *line) {
		size_t length = strcspn(line, "\n");
		bool last = !line[length];
		const char *path;
		int r;

		line[length] = '\0';
		path = locate(dpkg, package, line, length, moved,
			      sizeof(moved));
		r = path ? take(context, path) : 0;
		if (r < 0)
			return r;
		line = last ? NULL : line + length + 1;
	}
	return 0;
}

static int take_owner(void *context, const char *path)
{
	return packages_add_file(context, path, strlen(path));
}

static int take_name(void *context, const char *path)
{
	return string_list_take(context, strdup(path));
}

static int list_files(void *context, size_t package, struct string_list *files)
{
	const struct dpkg *dpkg = context;
	CLEANUP_BUF struct buf list = BUF_INIT;
	CLEANUP_FREE char *name = strdup(dpkg->lists[package]);
	int r = name ? read_list(dpkg, name, &list) : -ENOMEM;

	if (r < 0)
		return r;
	name[strcspn(name, ":")] = '\0';
	if (!strchr(dpkg->lists[package], ':'))
		name[strlen(name) - strlen(".list")] = '\0';
	return for_each_file(dpkg, name, &list, take_name, files);
}

static int add_list_name(struct dpkg *dpkg, const struct paragraph *paragraph)
{
	char *name;

	if (array_grow(&dpkg->lists, dpkg->list_count, sizeof(*dpkg->lists)) <
		    0 ||
	    asprintf(&name, "%s%s%s.list", paragraph->name,
		     paragraph->same ? ":" : "",
		     paragraph->same ? paragraph->architecture : "") < 0)
		return -ENOMEM;
	dpkg->lists[dpkg->list_count++] = name;
	return 0;
}

static int add_package(struct dpkg *dpkg, const struct paragraph *paragraph,
		       struct buf *list)
{
	int r;

	if (strchr(paragraph->name, '/') ||
	    strchr(paragraph->architecture, '/'))
		return 0;
	r = packages_add(dpkg->packages, paragraph->name, paragraph->version,
			 paragraph->architecture);
	if (r == 0)
		r = add_list_name(dpkg, paragraph);
	if (r == 0)
		r = read_list(dpkg, dpkg->lists[dpkg->list_count - 1], list);
	return r < 0 ? r
		     : for_each_file(dpkg, paragraph->name, list, take_owner,
				     dpkg->packages);
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

static int read_status(struct dpkg *dpkg, char *text)
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
			r = add_package(dpkg, &paragraph, &list);
			if (r < 0)
				return r;
		}
		paragraph = (struct paragraph){ 0 };
	}
	return 0;
}

static int read_database(struct dpkg *dpkg, char *status)
{
	int r;

	dpkg->info = beneath_open(dpkg->root, "/var/lib/dpkg/info",
				  O_RDONLY | O_DIRECTORY, 0);
	if (dpkg->info < 0)
		return dpkg->info;
	find_aliases(dpkg);
	r = packages_new(list_files, dpkg, &dpkg->packages);
	if (r < 0)
		return r;
	r = read_diversions(dpkg);
	return r < 0 ? r : read_status(dpkg, status);
}

int dpkg_read(int root, struct dpkg **ret_dpkg, struct diag *diag)
{
	CLEANUP(cleanup_dpkg) struct dpkg *dpkg = NULL;
	CLEANUP_BUF struct buf status = BUF_INIT;
	int r = read_beneath(root, "/var/lib/dpkg/status", STATUS_LIMIT,
			     &status);

	if (r == -ENOENT || r == -ENOTDIR || (r == 0 && !status.length)) {
		*ret_dpkg = NULL;
		return 0;
	}
	if (r == 0) {
		dpkg = calloc(1, sizeof(*dpkg));
		if (!dpkg)
			return diag_oom(diag);
		*dpkg = (struct dpkg){ .root = root, .info = -1 };
		r = read_database(dpkg, status.data);
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot read the dpkg database");
	*ret_dpkg = steal_ptr(&dpkg);
	return 0;
}
