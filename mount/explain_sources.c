#include "mount/explain_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/fdio.h"

enum { MOUNTINFO_MAX = 16 << 20 };

void explain_sources_done(struct explain_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		close_fd(&sources->sources[i].root);
		free(sources->sources[i].name);
	}
	free(sources->sources);
	free(sources->refused);
	package_files_done(&sources->packages);
	*sources = EXPLAIN_SOURCES_INIT;
}

void explain_place_done(struct explain_place *place)
{
	walk_done(&place->walk);
}

/* --- File systems --------------------------------------------------------- */

/* What lies on this machine and answers by itself. */
static bool is_local(const char *type)
{
	static const char *const local[] = {
		"bcachefs", "btrfs",	"devtmpfs", "erofs",   "exfat",
		"ext2",	    "ext3",	"ext4",	    "f2fs",    "iso9660",
		"jfs",	    "nilfs2",	"ntfs3",    "overlay", "ramfs",
		"reiserfs", "rootfs",	"squashfs", "tmpfs",   "udf",
		"vfat",	    "virtiofs", "xfs",	    "zfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		if (strcmp(type, local[i]) == 0)
			return true;
	return false;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/sda rw"; proc(5) */
static int read_mount(struct explain_sources *sources, char *line)
{
	unsigned int major_number, minor_number;
	const char *separator = strstr(line, " - ");
	char type[64];
	dev_t device;

	if (!separator ||
	    sscanf(line, "%*u %*u %u:%u", &major_number, &minor_number) != 2 ||
	    sscanf(separator, " - %63s", type) != 1 || is_local(type))
		return 0;
	device = makedev(major_number, minor_number);
	if (array_grow(&sources->refused, sources->refused_count,
		       sizeof(device)) < 0)
		return -ENOMEM;
	sources->refused[sources->refused_count++] = device;
	return 0;
}

static int read_mounts(struct explain_sources *sources, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	char *line, *rest = NULL;
	int r = read_file("/proc/self/mountinfo", MOUNTINFO_MAX, &text, diag);

	if (r < 0)
		return r;
	for (line = text.data ? strtok_r(text.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (read_mount(sources, line) < 0)
			return diag_oom(diag);
	return 0;
}

static bool may_enter(void *context, const struct stat *directory)
{
	const struct explain_sources *sources = context;

	for (size_t i = 0; i < sources->refused_count; i++)
		if (sources->refused[i] == directory->st_dev)
			return false;
	return true;
}

/* --- Opening -------------------------------------------------------------- */

static int add_source(struct explain_sources *sources, const char *directory,
		      const char *name, struct diag *diag)
{
	struct explain_source source = {
		.root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.is_host = strcmp(directory, "/") == 0,
	};

	if (source.root < 0)
		return diag_errno(diag, -errno, "cannot open the source %s",
				  directory);
	source.name = strdup(name);
	if (!source.name ||
	    array_grow(&sources->sources, sources->count, sizeof(source)) < 0) {
		close_fd(&source.root);
		free(source.name);
		return diag_oom(diag);
	}
	sources->sources[sources->count++] = source;
	return 0;
}

int explain_sources_open(char *const *directories,
			 struct explain_sources *ret_sources, struct diag *diag)
{
	struct explain_sources sources = EXPLAIN_SOURCES_INIT;
	int r = read_mounts(&sources, diag);

	for (; r == 0 && directories && *directories; directories++)
		r = add_source(&sources, *directories, *directories, diag);
	if (r == 0)
		r = add_source(&sources, "/", "the host", diag);
	if (r == 0 &&
	    package_files_load(sources.sources[sources.count - 1].root,
			       &sources.packages) < 0)
		r = diag_oom(diag);
	if (r < 0) {
		explain_sources_done(&sources);
		return r;
	}
	*ret_sources = sources;
	return 0;
}

/* --- Looking up ----------------------------------------------------------- */

/* 1 if it is there. */
static int find_in(struct explain_sources *sources,
		   const struct explain_source *source, const char *path,
		   struct explain_place *place)
{
	struct walk_from from = { .root = source->root,
				  .floor = "/",
				  .start = "/",
				  .enter = may_enter,
				  .context = sources };
	CLEANUP_WALK struct walk unfollowed = WALK_INIT;
	int r = walk_to(&from, path, &unfollowed);

	if (r < 0 || unfollowed.end != WALK_FOUND)
		return r == -ENOMEM ? r : 0;
	from.follow = true;
	r = walk_to(&from, path, &place->walk);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	place->source = source;
	place->status = unfollowed.status;
	if (source->is_host && !S_ISDIR(place->status.st_mode)) {
		place->package = package_files_find(&sources->packages, path);
		if (!place->package)
			place->package = package_files_find(&sources->packages,
							    unfollowed.path);
	}
	return 1;
}

int explain_sources_find(struct explain_sources *sources, const char *path,
			 struct explain_place *ret_place)
{
	for (size_t i = 0; i < sources->count; i++) {
		struct explain_place place = EXPLAIN_PLACE_INIT;
		int r = find_in(sources, &sources->sources[i], path, &place);

		if (r == 1)
			*ret_place = place;
		if (r != 0)
			return r;
	}
	return 0;
}
