#include "pack/libraries.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/library_search.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void library_found_done(struct library_found *found)
{
	free(found->path);
	free(found->link);
	strv_free(found->variants);
	*found = LIBRARY_FOUND_INIT;
}

/* Is there an object for the same machine at that path? */
static int is_match(struct libraries *libraries,
		    const struct library_user *user, const char *path,
		    bool *ret_match, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_CLOSE int fd = -1;
	unsigned char header[ELF_HEADER_BYTES];
	struct elf_identity identity;
	ssize_t length;
	int r = view_follow(libraries_view(libraries), path, true, &trail,
			    diag);

	*ret_match = false;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!S_ISREG(view_trail_mode(&trail)))
		return 0;
	r = view_open(&trail, &fd, diag);
	if (r < 0)
		return r;
	length = pread(fd, header, sizeof(header), 0);
	if (length < 0)
		return diag_errno(diag, -errno, "cannot read %s", path);
	*ret_match = elf_identify(header, (size_t)length, &identity) &&
		     elf_identity_equal(&identity, &user->elf->identity);
	return 0;
}

/* The subdirectories of one directory for better processors. */
static int find_variants(struct libraries *libraries,
			 const struct library_user *user,
			 const struct library_search *search,
			 const char *directory, const char *name,
			 struct library_found *found, struct diag *diag)
{
	const char *hwcaps =
		search->machine && !search->musl ? search->machine->hwcaps : "";
	int r = 0;

	while (r == 0 && *hwcaps) {
		int length = (int)strcspn(hwcaps, ":");
		CLEANUP_FREE char *path = NULL;
		const char *real;
		bool match = false;

		path = format_text("%s/glibc-hwcaps/%.*s",
				   directory[1] ? directory : "", length,
				   hwcaps);
		if (!path)
			return diag_oom(diag);
		r = library_directory(libraries, path, &real, diag);
		if (r == 0 && real) {
			char *file = path_join(path, name);

			free(path);
			path = file;
			r = file ? is_match(libraries, user, file, &match, diag)
				 : diag_oom(diag);
		}
		if (r == 0 && match && strv_append(&found->variants, path) < 0)
			r = diag_oom(diag);
		hwcaps += length + (hwcaps[length] == ':');
	}
	return r;
}

/* Look through directories until one has it. 1 if it was found. */
static int find_in(struct libraries *libraries, const struct library_user *user,
		   const struct library_search *search,
		   char *const *directories, const char *name,
		   struct library_found *found, struct diag *diag)
{
	for (size_t i = 0; directories && directories[i]; i++) {
		CLEANUP_FREE char *path = NULL;
		const char *real;
		bool match;
		int r;

		r = library_directory(libraries, directories[i], &real, diag);
		if (r == 0 && real)
			r = find_variants(libraries, user, search,
					  directories[i], name, found, diag);
		if (r < 0)
			return r;
		if (!real)
			continue;
		path = path_join(directories[i], name);
		if (!path)
			return diag_oom(diag);
		r = is_match(libraries, user, path, &match, diag);
		if (r < 0)
			return r;
		if (match) {
			found->path = steal_ptr(&path);
			return 1;
		}
	}
	return 0;
}

/* What ld.so.conf led to is found without a cache only if its directory is
 * one of the loader's own by another name. */
static int need_link(struct libraries *libraries,
		     const struct library_search *search, const char *name,
		     struct library_found *found, struct diag *diag)
{
	CLEANUP_FREE char *directory = path_parent(found->path);
	const char *real, *system, *own = NULL;
	int r = directory ? library_directory(libraries, directory, &real, diag)
			  : diag_oom(diag);

	for (size_t i = 0; r == 0 && search->system[i]; i++) {
		r = library_directory(libraries, search->system[i], &system,
				      diag);
		if (r == 0 && system && !own)
			own = system;
		if (r == 0 && system && strcmp(system, real) == 0)
			return 0;
	}
	if (r < 0)
		return r;
	found->link = path_join(own ? own : search->system[0], name);
	return found->link ? 0 : diag_oom(diag);
}

/* A name with a slash in it is a path. */
static int find_path(struct libraries *libraries,
		     const struct library_user *user, const char *name,
		     struct library_found *found, struct diag *diag)
{
	char **paths = NULL;
	int r = library_split(libraries, user, name, &paths, diag);

	for (size_t i = 0; r == 0 && paths && paths[i]; i++) {
		bool match;

		r = is_match(libraries, user, paths[i], &match, diag);
		if (r == 0 && match) {
			found->path = strdup(paths[i]);
			r = found->path ? 1 : diag_oom(diag);
		}
	}
	strv_free(paths);
	return r;
}

/* musl's C library and loader are one file, which answers for all of the C
 * library's parts: load_library() in its ldso/dynlink.c. */
static bool is_musl_itself(const char *name)
{
	static const char *const parts[] = { "libc.",	"libpthread.",
					     "librt.",	"libm.",
					     "libdl.",	"libutil.",
					     "libxnet." };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t length = strlen(parts[i]);

		if (strncmp(name, parts[i], length) == 0 &&
		    strcmp(name + length, "so") == 0)
			return true;
	}
	return false;
}

static int find_musl(struct libraries *libraries,
		     const struct library_user *user,
		     const struct library_search *search,
		     struct library_found *found, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	bool match;
	int r;

	path = format_text("/lib/ld-musl-%s.so.1",
			   search->machine ? search->machine->musl : "unknown");
	if (!path)
		return diag_oom(diag);
	r = is_match(libraries, user, path, &match, diag);
	if (r == 0 && match) {
		found->path = steal_ptr(&path);
		r = 1;
	}
	return r;
}

/* Where $PLATFORM stands in a run path, what the loader would find on better
 * platforms. */
static int find_others(struct libraries *libraries,
		       const struct library_user *user,
		       const struct library_search *search, const char *name,
		       struct library_found *found, struct diag *diag)
{
	for (size_t i = 0; search->others && search->others[i]; i++) {
		CLEANUP_FREE char *path = path_join(search->others[i], name);
		bool match;
		int r;

		if (!path)
			return diag_oom(diag);
		r = is_match(libraries, user, path, &match, diag);
		if (r == 0 && match && strv_append(&found->variants, path) < 0)
			r = diag_oom(diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_name(struct libraries *libraries,
		     const struct library_user *user,
		     const struct library_search *search, const char *name,
		     struct library_found *found, struct diag *diag)
{
	int r = find_others(libraries, user, search, name, found, diag);

	if (r == 0)
		r = find_in(libraries, user, search, search->named, name, found,
			    diag);
	if (r)
		return r;
	r = find_in(libraries, user, search, search->conf, name, found, diag);
	if (r == 0)
		return find_in(libraries, user, search, search->system, name,
			       found, diag);
	if (r > 0) {
		int linked = need_link(libraries, search, name, found, diag);

		r = linked < 0 ? linked : r;
	}
	return r;
}

int libraries_find(struct libraries *libraries, const struct library_user *user,
		   const char *name, struct library_found *ret_found,
		   struct diag *diag)
{
	CLEANUP_SEARCH struct library_search search = { 0 };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	int r = library_search_fill(libraries, user, &search, diag);

	if (r < 0)
		return r;
	if (strchr(name, '/'))
		r = find_path(libraries, user, name, &found, diag);
	else if (user->musl && is_musl_itself(name))
		r = find_musl(libraries, user, &search, &found, diag);
	else
		r = find_name(libraries, user, &search, name, &found, diag);
	if (r < 0)
		return r;
	if (r == 0)
		return -ENOENT;
	*ret_found = found;
	found = LIBRARY_FOUND_INIT;
	return 0;
}
