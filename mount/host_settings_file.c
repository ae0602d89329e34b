/* The files of the host's settings. */
#include "lib/fdio.h"
#include "mount/host_settings.h"
#include "mount/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".conf"

enum { PATH_SIZE = 512 };

static void path_of(const char *directory, const char *name,
		    char ret_path[PATH_SIZE])
{
	(void)snprintf(ret_path, PATH_SIZE, "%s/%s" SUFFIX, directory, name);
}

/* Whoever writes it decides what root mounts. */
static int check_owner(int fd, const char *path, struct diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_errno(diag, -errno, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return diag_set(diag, -EINVAL, "%s is not a file", path);
	if (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	diag_set(diag, -EPERM, "others than root can write to %s", path);
	diag_hint(diag, "chown root %s; chmod go-w %s", path, path);
	return -EPERM;
}

/* One that is not there says nothing. */
static int load_one(const char *directory, const char *name, bool defaults,
		    struct host_settings *settings, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	char path[PATH_SIZE];
	int r;

	path_of(directory, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = check_owner(fd, path, diag);
	if (r < 0)
		return r;
	r = read_to_end(fd, LEX_TEXT_MAX, &text);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", path);
	return host_settings_read(settings, path, text.data ? text.data : "",
				  text.length, defaults, diag);
}

int host_settings_load(const char *directory, const char *name,
		       struct host_settings *ret_settings, struct diag *diag)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	int r = load_one(directory, HOST_SETTINGS_DEFAULTS, true, &settings,
			 diag);

	if (r == 0 && strcmp(name, HOST_SETTINGS_DEFAULTS) != 0)
		r = load_one(directory, name, false, &settings, diag);
	if (r < 0)
		return r;
	*ret_settings = settings;
	settings = HOST_SETTINGS_INIT;
	return 0;
}

bool host_settings_exist(const char *directory, const char *name)
{
	char path[PATH_SIZE];

	if (state_check_name(name, NULL) < 0 ||
	    strcmp(name, HOST_SETTINGS_DEFAULTS) == 0)
		return false;
	path_of(directory, name, path);
	return access(path, F_OK) == 0;
}

/* "web.conf" is "web"'s. */
static int add_name(const char *file, char ***names, struct diag *diag)
{
	size_t length = strlen(file), suffix = strlen(SUFFIX);
	CLEANUP_FREE char *name = NULL;

	if (length <= suffix || strcmp(file + length - suffix, SUFFIX) != 0)
		return 0;
	name = strndup(file, length - suffix);
	if (!name)
		return diag_oom(diag);
	if (strcmp(name, HOST_SETTINGS_DEFAULTS) == 0 ||
	    state_check_name(name, NULL) < 0)
		return 0;
	return strv_append(names, name) < 0 ? diag_oom(diag) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int host_settings_list(const char *directory, char ***ret_names,
		       struct diag *diag)
{
	char **names = calloc(1, sizeof(*names));
	struct dirent *entry;
	DIR *stream;
	int r = 0;

	if (!names)
		return diag_oom(diag);
	stream = opendir(directory);
	if (!stream && errno != ENOENT)
		r = diag_errno(diag, -errno, "cannot open %s", directory);
	while (r == 0 && stream && (entry = readdir(stream)))
		r = add_name(entry->d_name, &names, diag);
	if (stream)
		(void)closedir(stream);
	if (r < 0) {
		strv_free(names);
		return r;
	}
	qsort(names, strv_length(names), sizeof(*names), compare_names);
	*ret_names = names;
	return 0;
}
