/* Where evidence lies, and how much of it. */
#include "lib/number.h"
#include "mount/evidence_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A piece has files only. */
static int each_file(int directory, const char *name, uint64_t *bytes,
		     bool unlink_them)
{
	int fd = openat(directory, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *entry;
	struct stat st;
	DIR *stream;

	if (fd < 0)
		return -errno;
	stream = fdopendir(fd);
	if (!stream) {
		close_fd(&fd);
		return -ENOMEM;
	}
	while ((entry = readdir(stream))) {
		if (fstatat(dirfd(stream), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    S_ISDIR(st.st_mode))
			continue;
		*bytes += (uint64_t)st.st_blocks * 512;
		if (unlink_them)
			(void)unlinkat(dirfd(stream), entry->d_name, 0);
	}
	(void)closedir(stream);
	return 0;
}

int evidence_remove(int directory, const char *name)
{
	uint64_t bytes = 0;
	int r = each_file(directory, name, &bytes, true);

	if (r == 0 && unlinkat(directory, name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(int directory, char ***ret_names)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	char **names = NULL;
	int r = 0;

	if (!stream) {
		close_fd(&copy);
		return -ENOMEM;
	}
	while (r == 0 && (entry = readdir(stream))) {
		if (entry->d_type == DT_DIR &&
		    strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = strv_append(&names, entry->d_name);
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

static bool is_partial(const char *name)
{
	return strncmp(name, EVIDENCE_PARTIAL, strlen(EVIDENCE_PARTIAL)) == 0;
}

int evidence_list(int directory, char ***ret_names, struct diag *diag)
{
	char **names = NULL;
	size_t kept = 0;
	int r = list_names(directory, &names);

	if (r < 0)
		return diag_errno(diag, r, "cannot list the evidence");
	for (size_t i = 0; names && names[i]; i++) {
		if (is_partial(names[i]))
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	if (names)
		names[kept] = NULL;
	*ret_names = names;
	return 0;
}

/* Of a supervisor other than the one whose child this is: it was killed, or
 * it would still have the jail's name. */
static void remove_unfinished(int directory, char *const *names)
{
	char own[64];

	(void)snprintf(own, sizeof(own), EVIDENCE_PARTIAL "%d-",
		       (int)getppid());
	for (size_t i = 0; names && names[i]; i++)
		if (is_partial(names[i]) &&
		    strncmp(names[i], own, strlen(own)) != 0)
			(void)evidence_remove(directory, names[i]);
}

int evidence_prune(int directory, struct diag *diag)
{
	char **names = NULL;
	uint64_t bytes = 0;
	size_t count = 0;
	int r = list_names(directory, &names);

	if (r < 0)
		return diag_errno(diag, r, "cannot list the evidence");
	remove_unfinished(directory, names);
	/* From the newest on: one more must fit. */
	for (size_t i = strv_length(names); i-- > 0;) {
		if (is_partial(names[i]))
			continue;
		(void)each_file(directory, names[i], &bytes, false);
		if (++count >= EVIDENCE_KEPT_MAX ||
		    bytes > EVIDENCE_TOTAL_MAX - EVIDENCE_ARCHIVE_MAX)
			(void)evidence_remove(directory, names[i]);
	}
	strv_free(names);
	return 0;
}
