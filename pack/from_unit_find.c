#include "pack/from_unit_find.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/format.h"
#include "pack/string_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { DROP_INS_MAX = 1024 };

/* The first that has a file of some name hides those in the others. */
static const char *const directories[] = {
	"/etc/systemd/system",		 "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system",		 NULL,
};

void found_unit_done(struct found_unit *unit)
{
	free(unit->name);
	free(unit->path);
	unit_file_done(&unit->file);
	*unit = FOUND_UNIT_INIT;
}

/* "foo@bar.service" is read from "foo@.service" too. */
static char *template_of(const char *name)
{
	const char *at = strchr(name, '@');
	const char *dot = strrchr(name, '.');

	if (!at || !dot || at > dot)
		return NULL;
	return format_text("%.*s%s", (int)(at + 1 - name), name, dot);
}

static char *file_in_directories(const char *name)
{
	for (const char *const *directory = directories; *directory;
	     directory++) {
		char *path = path_join(*directory, name);

		if (!path || access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static int read_into(struct unit_file *file, const char *path,
		     struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct stat status;
	int r;

	if (stat(path, &status) == 0 && S_ISCHR(status.st_mode))
		return diag_set(diag, -ENOENT, "the unit is masked: %s", path);
	r = read_file(path, UNIT_TEXT_MAX, &text, diag);
	return r < 0 ? r
		     : unit_file_parse(file, path, text.data, text.length,
				       diag);
}

/* --- Drop-ins --- */

static int compare_names(const void *left, const void *right)
{
	return strcmp(path_name(*(char *const *)left),
		      path_name(*(char *const *)right));
}

static bool has_name(const struct string_list *paths, const char *name)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (strcmp(path_name(paths->strings[i]), name) == 0)
			return true;
	}
	return false;
}

static bool is_drop_in(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && name[0] != '.' &&
	       strcmp(name + length - 5, ".conf") == 0;
}

/* The drop-ins of one directory that no earlier one hides. */
static int list_drop_ins(const char *directory, struct string_list *paths)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	while (r == 0 && stream && (entry = readdir(stream)) != NULL &&
	       paths->count < DROP_INS_MAX) {
		if (is_drop_in(entry->d_name) &&
		    !has_name(paths, entry->d_name))
			r = string_list_take(
				paths, path_join(directory, entry->d_name));
	}
	if (stream)
		(void)closedir(stream);
	return r;
}

static int list_for_name(const char *name, struct string_list *paths)
{
	int r = 0;

	for (const char *const *directory = directories; r == 0 && *directory;
	     directory++) {
		CLEANUP_FREE char *drop_ins =
			format_text("%s/%s.d", *directory, name);

		r = drop_ins ? list_drop_ins(drop_ins, paths) : -ENOMEM;
	}
	return r;
}

static int read_drop_ins(struct found_unit *unit, bool is_path,
			 struct diag *diag)
{
	CLEANUP(string_list_done) struct string_list paths = { 0 };
	CLEANUP_FREE char *template = template_of(unit->name);
	CLEANUP_FREE char *beside = format_text("%s.d", unit->path);
	int r = beside ? 0 : -ENOMEM;

	if (r == 0 && is_path)
		r = list_drop_ins(beside, &paths);
	if (r == 0 && !is_path)
		r = list_for_name(unit->name, &paths);
	if (r == 0 && !is_path && template)
		r = list_for_name(template, &paths);
	if (r < 0)
		return diag_oom(diag);
	if (paths.count)
		qsort(paths.strings, paths.count, sizeof(*paths.strings),
		      compare_names);
	for (size_t i = 0; r == 0 && i < paths.count; i++) {
		/* A link to /dev/null takes one of another directory away. */
		struct stat status;

		if (stat(paths.strings[i], &status) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		r = read_into(&unit->file, paths.strings[i], diag);
	}
	return r;
}

/* --- Units --- */

static int no_unit(const char *name, struct diag *diag)
{
	(void)diag_set(diag, -ENOENT, "there is no unit %s", name);
	diag_hint(diag,
		  "it is looked for in /etc/systemd/system, "
		  "/usr/lib/systemd/system and the like; a path has a slash: "
		  "./%s",
		  name);
	return -ENOENT;
}

/* The name with its type; -ENOENT if no directory has its file. */
static int locate(struct found_unit *unit, const char *name)
{
	const char *dot = strrchr(name, '.');
	CLEANUP_FREE char *template = NULL;
	bool typed = dot && (strcmp(dot, ".service") == 0 ||
			     strcmp(dot, ".socket") == 0);

	unit->name = typed ? strdup(name) : format_text("%s.service", name);
	if (!unit->name)
		return -ENOMEM;
	unit->path = file_in_directories(unit->name);
	if (unit->path)
		return 0;
	template = template_of(unit->name);
	if (template)
		unit->path = file_in_directories(template);
	return unit->path ? 0 : -ENOENT;
}

static int find(const char *name, struct found_unit *unit, struct diag *diag)
{
	bool is_path = strchr(name, '/') != NULL;
	int r = 0;

	if (is_path) {
		unit->name = strdup(path_name(name));
		unit->path = strdup(name);
		if (!unit->name || !unit->path)
			return diag_oom(diag);
	} else {
		r = locate(unit, name);
		if (r == -ENOMEM)
			return diag_oom(diag);
		if (r < 0)
			return no_unit(name, diag);
	}
	r = read_into(&unit->file, unit->path, diag);
	return r < 0 ? r : read_drop_ins(unit, is_path, diag);
}

int unit_find(const char *name, struct found_unit *ret_unit, struct diag *diag)
{
	struct found_unit unit = FOUND_UNIT_INIT;
	int r = find(name, &unit, diag);

	if (r < 0)
		found_unit_done(&unit);
	else
		*ret_unit = unit;
	return r;
}

/* Beside the service's file, or where units are. -ENOENT. */
static int find_socket(const struct found_unit *service, const char *name,
		       struct found_unit *ret_socket, struct diag *diag)
{
	const char *slash = strrchr(service->path, '/');
	CLEANUP_FREE char *beside =
		format_text("%.*s/%s", (int)(slash ? slash - service->path : 0),
			    service->path, name);
	CLEANUP_FREE char *found = file_in_directories(name);

	if (!beside)
		return diag_oom(diag);
	if (slash && access(beside, F_OK) == 0)
		return unit_find(beside, ret_socket, diag);
	return found ? unit_find(name, ret_socket, diag) : -ENOENT;
}

/* Sockets= names it, or it has the service's name; a template's has the name
 * without what stands behind the "@". */
int unit_find_socket(const struct found_unit *service,
		     struct found_unit *ret_socket, struct diag *diag)
{
	const char *said = unit_file_get(&service->file, "Service", "Sockets");
	const char *dot = strrchr(service->name, '.');
	const char *at = strchr(service->name, '@');
	size_t length =
		dot ? (size_t)(dot - service->name) : strlen(service->name);
	CLEANUP_FREE char *name =
		said ? strndup(said, strcspn(said, " \t"))
		     : format_text("%.*s.socket", (int)length, service->name);
	CLEANUP_FREE char *bare =
		format_text("%.*s.socket",
			    (int)(at ? (size_t)(at - service->name) : length),
			    service->name);
	int r;

	if (!name || !bare)
		return diag_oom(diag);
	r = find_socket(service, name, ret_socket, diag);
	if (r == -ENOENT && at && !said)
		r = find_socket(service, bare, ret_socket, diag);
	return r;
}
