/*
 * What the host shares with a jail. No link on the way is followed, neither
 * before the pattern nor in it: who owns a directory there could lead it
 * anywhere.
 */
#include "lib/path.h"
#include "mount/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

/* A directory, O_PATH, by a relative or absolute path without links. */
static int open_plain(int parent, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, parent, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* One expansion of a pattern. */
struct expansion {
	struct places *places;
	const char *target; /* in the jail, of what stands before the pattern */
	bool writable;
};

static int expand(const struct expansion *expansion, int directory,
		  const char *shown, const char *rest, const char *pattern,
		  struct diag *diag);

/* The next component is `name`; `pattern` is what follows it. */
static int enter(const struct expansion *expansion, int directory,
		 const char *shown, const char *rest, const char *name,
		 const char *pattern, struct diag *diag)
{
	CLEANUP_FREE char *now_shown = NULL, *now_rest = NULL;
	CLEANUP_CLOSE int fd = open_plain(directory, name);

	/* Not a directory, or a link: no match. */
	if (fd < 0)
		return 0;
	if (asprintf(&now_shown, "%s/%s", shown, name) < 0 ||
	    asprintf(&now_rest, "%s/%s", rest, name) < 0)
		return diag_oom(diag);
	return expand(expansion, fd, now_shown, now_rest, pattern, diag);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory that match one component, sorted. */
static int matching(int directory, const char *component, char ***ret_names,
		    struct diag *diag)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	char **names = NULL;
	size_t count = 0;
	int r = 0;

	if (!stream) {
		r = -errno;
		close_fd(&copy);
		return diag_errno(diag, r, "cannot look for what matches");
	}
	while (r == 0 && (entry = readdir(stream))) {
		if (fnmatch(component, entry->d_name,
			    FNM_PERIOD | FNM_NOESCAPE) != 0)
			continue;
		if (++count > PLACES_MAX)
			r = diag_set(diag, -E2BIG,
				     "more than %d directories match",
				     PLACES_MAX);
		else if (strv_append(&names, entry->d_name) < 0)
			r = diag_oom(diag);
	}
	(void)closedir(stream);
	if (r < 0) {
		strv_free(names);
		return r;
	}
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare);
	*ret_names = names;
	return 0;
}

/* `pattern` is relative, or empty when all of it has matched. */
static int expand(const struct expansion *expansion, int directory,
		  const char *shown, const char *rest, const char *pattern,
		  struct diag *diag)
{
	size_t length = strcspn(pattern, "/");
	const char *next = pattern + length + (pattern[length] == '/');
	CLEANUP_FREE char *component = strndup(pattern, length);
	CLEANUP_FREE char *path = NULL;
	char **names = NULL;
	int r = 0;

	if (!component ||
	    asprintf(&path, "%s%s",
		     strcmp(expansion->target, "/") == 0 ? ""
							 : expansion->target,
		     rest) < 0) {
		path = NULL;
		return diag_oom(diag);
	}
	if (!*pattern) {
		const struct place place = {
			.source = fcntl(directory, F_DUPFD_CLOEXEC, 3),
			.path = path,
			.shown = (char *)(uintptr_t)shown,
			.writable = expansion->writable,
		};

		return places_add(expansion->places, &place, diag);
	}
	if (!path_has_pattern(component))
		return enter(expansion, directory, shown, rest, component, next,
			     diag);
	r = matching(directory, component, &names, diag);
	for (size_t i = 0; r == 0 && names && names[i]; i++)
		r = enter(expansion, directory, shown, rest, names[i], next,
			  diag);
	strv_free(names);
	return r;
}

static int open_source(const char *path, int *ret_fd, struct diag *diag)
{
	int fd = open_plain(AT_FDCWD, path);

	if (fd < 0) {
		diag_errno(diag, fd, "cannot open the host's %s", path);
		if (fd == -ELOOP)
			diag_hint(diag, "no link is followed; name the "
					"directory that it leads to");
		return fd;
	}
	*ret_fd = fd;
	return 0;
}

static int share_pattern(const struct config_share *share,
			 struct places *places, struct diag *diag)
{
	CLEANUP_FREE char *prefix = path_fixed_prefix(share->source);
	const struct expansion expansion = {
		.places = places,
		.target = share->path,
		.writable = share->writable,
	};
	struct place holder = { .kind = PLACE_HOLDER,
				.source = -1,
				.path = share->path };
	CLEANUP_CLOSE int directory = -1;
	const char *pattern;
	int r = prefix ? open_source(prefix, &directory, diag) : diag_oom(diag);

	if (r < 0)
		return r;
	/* Nothing but what matches is seen there. */
	holder.shown = prefix;
	r = places_add(places, &holder, diag);
	if (r < 0)
		return r;
	pattern = share->source + strlen(prefix);
	return expand(&expansion, directory, prefix, "",
		      pattern + strspn(pattern, "/"), diag);
}

int share_open(const struct config_share *share, struct places *places,
	       struct diag *diag)
{
	struct place place = { .path = share->path,
			       .shown = share->source,
			       .writable = share->writable };
	int r;

	if (path_has_pattern(share->source))
		return share_pattern(share, places, diag);
	r = open_source(share->source, &place.source, diag);
	return r < 0 ? r : places_add(places, &place, diag);
}
