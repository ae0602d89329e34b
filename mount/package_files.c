#include "mount/package_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/fdio.h"

#define LISTS "var/lib/dpkg/info"
#define SUFFIX ".list"

void package_files_done(struct package_files *files)
{
	strv_free(files->names);
	free(files->files);
	*files = PACKAGE_FILES_INIT;
}

/* FNV-1a. */
static uint64_t hash_path(const char *path, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3;
	return hash;
}

static int add_paths(struct package_files *files, const char *text,
		     uint32_t package)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (files->count == PACKAGE_FILES_MAX)
			return 0;
		if (array_grow(&files->files, files->count,
			       sizeof(*files->files)) < 0)
			return -ENOMEM;
		files->files[files->count++] = (struct package_file){
			.hash = hash_path(text, length),
			.package = package,
		};
		text += length;
		text += *text == '\n';
	}
	return 0;
}

/* "libc6:amd64.list" is of libc6. What cannot be read is no package's. */
static int add_list(struct package_files *files, int directory,
		    const char *file, size_t count)
{
	CLEANUP_CLOSE int fd =
		openat(directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_FREE char *name = strndup(file, strcspn(file, ":"));
	char *suffix;
	int r;

	if (!name)
		return -ENOMEM;
	if (fd < 0 || read_to_end(fd, PACKAGE_FILES_LIST_MAX, &text) < 0)
		return 0;
	suffix = strstr(name, SUFFIX);
	if (suffix)
		*suffix = '\0';
	r = strv_append(&files->names, name);
	return r < 0 || !text.data
		       ? r
		       : add_paths(files, text.data, (uint32_t)count);
}

static int compare(const void *a, const void *b)
{
	const struct package_file *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->package > y->package) - (x->package < y->package);
}

static bool is_list(const char *name)
{
	size_t length = strlen(name);

	return length > sizeof(SUFFIX) - 1 &&
	       strcmp(name + length - (sizeof(SUFFIX) - 1), SUFFIX) == 0;
}

/* In an order that does not depend on the directory's. */
static int list_names(DIR *directory, char ***ret_names)
{
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = readdir(directory)))
		if (is_list(entry->d_name))
			r = strv_append(ret_names, entry->d_name);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int load(DIR *directory, struct package_files *files)
{
	char **names = NULL;
	int r = list_names(directory, &names);

	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	for (char **name = names; r == 0 && name && *name; name++)
		r = add_list(files, dirfd(directory), *name,
			     strv_length(files->names));
	strv_free(names);
	if (r == 0 && files->count)
		qsort(files->files, files->count, sizeof(*files->files),
		      compare);
	return r;
}

int package_files_load(int root, struct package_files *ret_files)
{
	struct package_files files = PACKAGE_FILES_INIT;
	int fd = openat(root, LISTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	int r;

	if (!directory) {
		close_fd(&fd);
		*ret_files = files;
		return 0;
	}
	r = load(directory, &files);
	(void)closedir(directory);
	if (r < 0) {
		package_files_done(&files);
		return r;
	}
	*ret_files = files;
	return 0;
}

static const char *find(const struct package_files *files, const char *path)
{
	uint64_t hash = hash_path(path, strlen(path));
	size_t low = 0, high = files->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (files->files[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == files->count || files->files[low].hash != hash)
		return NULL;
	return files->names[files->files[low].package];
}

const char *package_files_find(const struct package_files *files,
			       const char *path)
{
	const char *name = find(files, path);

	if (!name && strncmp(path, "/usr/", 5) == 0)
		name = find(files, path + 4);
	return name;
}
