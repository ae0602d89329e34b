#include "mount/idmap.h"
#include "mount/mounts.h"
#include "mount/places.h"

#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
	PLACE_ATTRIBUTES =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	DIGITS = 24,
};

static uint64_t attributes_of(const struct place *place)
{
	return place->writable ? PLACE_ATTRIBUTES
			       : PLACE_ATTRIBUTES | MOUNT_ATTR_RDONLY;
}

static int clone_directory(const struct place *place, int *ret_mount,
			   struct diag *diag)
{
	int mount =
		open_tree(place->source, "",
			  OPEN_TREE_CLONE | AT_EMPTY_PATH | OPEN_TREE_CLOEXEC);
	int r = mount < 0 ? -errno
			  : mount_restrict(mount, attributes_of(place));

	if (r < 0) {
		close_fd(&mount);
		return diag_errno(diag, r, "cannot mount the host's %s",
				  place->shown);
	}
	*ret_mount = mount;
	return 0;
}

/* The same superblock for all generations that are alive. */
static int mount_device(const struct place *place, int *ret_mount,
			struct diag *diag)
{
	const struct mount_option options[] = {
		{ "source", place->shown },
		{ "errors", "remount-ro" },
		{ NULL, NULL },
	};

	return mount_create("ext4", options, (unsigned int)attributes_of(place),
			    ret_mount, diag);
}

static int map_owners(const struct place *place, int mount, int user_namespace,
		      struct diag *diag)
{
	int r = idmap_mount(mount, user_namespace, NULL);

	if (r < 0)
		diag_errno(diag, r, "cannot map the owners in the host's %s",
			   place->shown);
	if (r == -EINVAL)
		diag_hint(diag, "its file system does not support idmapped "
				"mounts");
	return r;
}

/* --- Directories that hold others ----------------------------------------- */

static bool lies_in(const struct place *place, const struct place *holder)
{
	return place != holder && path_within(place->path, holder->path);
}

/* A directory that everybody may enter, whatever our umask. */
static int make_directory(int root, const char *path)
{
	if (mkdirat(root, path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	return fchmodat(root, path, 0755, 0) < 0 ? -errno : 0;
}

/* Those on the way to what is to be mounted there, and its own. */
static int make_way(int root, const char *path)
{
	CLEANUP_FREE char *copy = strdup(path);
	int r = copy ? 0 : -ENOMEM;

	for (char *slash = copy ? strchr(copy, '/') : NULL; r == 0 && slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = make_directory(root, copy);
		*slash = '/';
	}
	return r == 0 ? make_directory(root, copy) : r;
}

static int create_holder(const struct places *places,
			 const struct place *holder, uint32_t base,
			 int *ret_mount, struct diag *diag)
{
	char owner[DIGITS], group[DIGITS];
	const struct mount_option options[] = {
		{ "size", "1m" }, { "mode", "0755" }, { "uid", owner },
		{ "gid", group }, { NULL, NULL },
	};
	CLEANUP_CLOSE int mount = -1;
	size_t length = strlen(holder->path);
	int r;

	(void)snprintf(owner, sizeof(owner), "%" PRIu32, base);
	(void)snprintf(group, sizeof(group), "%" PRIu32, base);
	r = mount_create("tmpfs", options, PLACE_ATTRIBUTES, &mount, diag);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < places->count; i++) {
		const struct place *place = &places->items[i];

		if (lies_in(place, holder))
			r = make_way(mount,
				     place->path + length + (length > 1));
	}
	if (r == 0)
		r = mount_restrict(mount, MOUNT_ATTR_RDONLY);
	if (r < 0)
		return diag_errno(diag, r, "cannot furnish %s of the jail",
				  holder->path);
	*ret_mount = steal_fd(&mount);
	return 0;
}

int place_mounts_create(const struct places *places, int user_namespace,
			uint32_t base, int *mounts, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < places->count; i++) {
		const struct place *place = &places->items[i];

		if (place->kind == PLACE_HOLDER) {
			r = create_holder(places, place, base, &mounts[i],
					  diag);
			continue;
		}
		r = place->kind == PLACE_DEVICE
			    ? mount_device(place, &mounts[i], diag)
			    : clone_directory(place, &mounts[i], diag);
		if (r == 0)
			r = map_owners(place, mounts[i], user_namespace, diag);
	}
	return r;
}

int place_mounts_attach(const struct places *places, const int *mounts,
			int root, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < places->count; i++)
		r = mount_attach_beneath(mounts[i], root, places->items[i].path,
					 diag);
	return r;
}
