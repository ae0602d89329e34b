#include "pack/library_search.h"

#include "lib/buf.h"
#include "pack/library_built_in.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* A directory of the view, looked at once. */
struct known {
	char *path;
	char *real; /* where it leads to; NULL: it is not there */
};

struct libraries {
	const struct view *view;
	char *library_path;
	char *workdir;
	char **conf; /* directories of ld.so.conf */
	bool conf_read;
	struct known *known;
	size_t known_count;
};

int libraries_new(const struct view *view, const char *library_path,
		  const char *workdir, struct libraries **ret_libraries,
		  struct diag *diag)
{
	struct libraries *libraries = calloc(1, sizeof(*libraries));

	if (!libraries)
		return diag_oom(diag);
	libraries->view = view;
	if (library_path && *library_path) {
		libraries->library_path = strdup(library_path);
		if (!libraries->library_path)
			goto out;
		/* glibc takes semicolons as well, in this list only. */
		for (char *at = libraries->library_path; *at; at++) {
			if (*at == ';')
				*at = ':';
		}
	}
	libraries->workdir = strdup(workdir ? workdir : "/");
	if (!libraries->workdir)
		goto out;
	*ret_libraries = libraries;
	return 0;
out:
	libraries_free(libraries);
	return diag_oom(diag);
}

void libraries_free(struct libraries *libraries)
{
	if (!libraries)
		return;
	for (size_t i = 0; i < libraries->known_count; i++) {
		free(libraries->known[i].path);
		free(libraries->known[i].real);
	}
	free(libraries->known);
	strv_free(libraries->conf);
	free(libraries->library_path);
	free(libraries->workdir);
	free(libraries);
}

const struct view *libraries_view(const struct libraries *libraries)
{
	return libraries->view;
}

void library_search_done(struct library_search *search)
{
	strv_free(search->named);
	strv_free(search->others);
	strv_free(search->system);
}

/* Where a directory leads to; NULL in *ret_real if it is not there. */
int library_directory(struct libraries *libraries, const char *path,
		      const char **ret_real, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	struct known known;
	int r;

	for (size_t i = 0; i < libraries->known_count; i++) {
		if (strcmp(libraries->known[i].path, path) == 0) {
			*ret_real = libraries->known[i].real;
			return 0;
		}
	}
	r = view_follow(libraries->view, path, true, &trail, diag);
	if (r < 0 && r != -ENOENT)
		return r;
	known = (struct known){ .path = strdup(path) };
	if (r == 0 && S_ISDIR(view_trail_mode(&trail))) {
		known.real = strdup(view_trail_path(&trail));
		if (!known.real) {
			free(known.path);
			return diag_oom(diag);
		}
	}
	if (!known.path || array_grow(&libraries->known, libraries->known_count,
				      sizeof(known)) < 0) {
		free(known.path);
		free(known.real);
		return diag_oom(diag);
	}
	libraries->known[libraries->known_count++] = known;
	*ret_real = known.real;
	return 0;
}

/* One of a colon-separated list: the last, or else the i-th of those before
 * it. NULL in *ret_word if there is none. */
static int pick_platform(const char *list, bool last, size_t i, char **ret_word,
			 struct diag *diag)
{
	const char *end = strrchr(list, ':');

	*ret_word = NULL;
	if (last) {
		list = end ? end + 1 : list;
	} else {
		if (!end)
			return 0;
		for (; i > 0 && list < end; i--)
			list += strcspn(list, ":") + 1;
		if (list > end)
			return 0;
	}
	if (*list == '\0')
		return 0;
	*ret_word = strndup(list, strcspn(list, ":"));
	return *ret_word ? 0 : diag_oom(diag);
}

static int machine_words(struct libraries *libraries,
			 const struct library_user *user, char **ret_lib,
			 struct loader_words *ret_words, struct diag *diag)
{
	const struct loader_machine *machine =
		loader_machine_find(&user->elf->identity);
	int r = library_lib_word(libraries, machine, ret_lib, diag);

	*ret_words = (struct loader_words){ .origin = user->origin,
					    .lib = *ret_lib,
					    .workdir = libraries->workdir };
	return r;
}

int library_split(struct libraries *libraries, const struct library_user *user,
		  const char *list, char ***directories, struct diag *diag)
{
	const struct loader_machine *machine =
		loader_machine_find(&user->elf->identity);
	CLEANUP_FREE char *lib = NULL;
	CLEANUP_FREE char *platform = NULL;
	struct loader_words words;
	int r = machine_words(libraries, user, &lib, &words, diag);

	if (r == 0 && machine)
		r = pick_platform(machine->platforms, true, 0, &platform, diag);
	if (r < 0)
		return r;
	return loader_split_path(list, &words, platform, directories, diag);
}

/* What a run path means on better platforms than the least. */
static int split_others(struct libraries *libraries,
			const struct library_user *user, const char *list,
			char ***directories, struct diag *diag)
{
	const struct loader_machine *machine =
		loader_machine_find(&user->elf->identity);
	CLEANUP_FREE char *lib = NULL;
	struct loader_words words;
	int r = machine_words(libraries, user, &lib, &words, diag);

	for (size_t i = 0; r == 0 && machine && loader_has_platform(list);
	     i++) {
		CLEANUP_FREE char *platform = NULL;

		r = pick_platform(machine->platforms, false, i, &platform,
				  diag);
		if (r == 0 && !platform)
			break;
		if (r == 0)
			r = loader_split_path(list, &words, platform,
					      directories, diag);
	}
	return r;
}

static int append_list(struct libraries *libraries,
		       const struct library_user *user, const char *list,
		       struct library_search *search, struct diag *diag)
{
	int r = library_split(libraries, user, list, &search->named, diag);

	if (r == 0 && !user->musl)
		r = split_others(libraries, user, list, &search->others, diag);
	return r;
}

static int append_all(char ***directories, char *const *more, struct diag *diag)
{
	for (size_t i = 0; more && more[i]; i++) {
		if (strv_append(directories, more[i]) < 0)
			return diag_oom(diag);
	}
	return 0;
}

/* The run path that an object has of itself and its libraries share: musl
 * makes no difference between the two kinds, glibc passes on the old one. */
static const char *inheritable(const struct library_user *user)
{
	const struct elf *elf = user->elf;

	if (elf->runpath)
		return user->musl ? elf->runpath : NULL;
	return elf->rpath;
}

int libraries_inherit(struct libraries *libraries,
		      const struct library_user *user, char ***ret_directories,
		      struct diag *diag)
{
	const char *own = inheritable(user);
	char **directories = NULL;
	int r = 0;

	if (own)
		r = library_split(libraries, user, own, &directories, diag);
	if (r == 0)
		r = append_all(&directories, user->inherited, diag);
	if (r < 0) {
		strv_free(directories);
		return r;
	}
	*ret_directories = directories;
	return 0;
}

static int append_library_path(struct libraries *libraries,
			       const struct library_user *user,
			       struct library_search *search, struct diag *diag)
{
	if (!libraries->library_path)
		return 0;
	return append_list(libraries, user, libraries->library_path, search,
			   diag);
}

static int append_run_paths(struct libraries *libraries,
			    const struct library_user *user,
			    struct library_search *search, struct diag *diag)
{
	const char *own = inheritable(user);
	int r = 0;

	/* With a DT_RUNPATH, glibc looks at nobody's DT_RPATH. */
	if (user->elf->runpath && !user->musl)
		return 0;
	if (own)
		r = append_list(libraries, user, own, search, diag);
	if (r == 0)
		r = append_all(&search->named, user->inherited, diag);
	return r;
}

static int fill_glibc(struct libraries *libraries,
		      const struct library_user *user,
		      struct library_search *search, struct diag *diag)
{
	int r = append_run_paths(libraries, user, search, diag);

	if (r == 0)
		r = append_library_path(libraries, user, search, diag);
	if (r == 0 && user->elf->runpath)
		r = append_list(libraries, user, user->elf->runpath, search,
				diag);
	if (r < 0 || user->elf->no_default_directories)
		return r;
	if (!libraries->conf_read) {
		r = loader_read_conf(libraries->view, "/etc/ld.so.conf",
				     &libraries->conf, diag);
		libraries->conf_read = true;
	}
	search->conf = libraries->conf;
	if (r == 0)
		r = library_system_directories(libraries, search->machine,
					       &search->system, diag);
	return r;
}

static int fill_musl(struct libraries *libraries,
		     const struct library_user *user,
		     struct library_search *search, struct diag *diag)
{
	int r = append_library_path(libraries, user, search, diag);

	if (r == 0)
		r = append_run_paths(libraries, user, search, diag);
	if (r == 0)
		r = loader_read_musl_path(
			libraries->view,
			search->machine ? search->machine->musl : "unknown",
			&search->system, diag);
	return r;
}

int library_search_fill(struct libraries *libraries,
			const struct library_user *user,
			struct library_search *search, struct diag *diag)
{
	*search = (struct library_search){
		.machine = loader_machine_find(&user->elf->identity),
		.musl = user->musl,
	};
	return user->musl ? fill_musl(libraries, user, search, diag)
			  : fill_glibc(libraries, user, search, diag);
}

int libraries_sought(struct libraries *libraries,
		     const struct library_user *user, char **ret_text,
		     struct diag *diag)
{
	CLEANUP_SEARCH struct library_search search = { 0 };
	CLEANUP_BUF struct buf text = BUF_INIT;
	char **lists[3];
	int r = library_search_fill(libraries, user, &search, diag);

	if (r < 0)
		return r;
	lists[0] = search.named;
	lists[1] = search.conf;
	lists[2] = search.system;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; lists[i] && lists[i][k]; k++)
			buf_printf(&text, "%s%s", text.length ? ", " : "",
				   lists[i][k]);
	}
	if (text.length == 0)
		buf_puts(&text, "nowhere");
	*ret_text = buf_steal(&text);
	return *ret_text ? 0 : diag_oom(diag);
}
