#include "pack/unpack.h"

#include "lib/beneath.h"
#include "lib/path.h"
#include "pack/merged_usr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Where the members go; the directory of the last one is kept open, since the
 * next one is mostly in the same. */
struct place {
	const struct unpack_target *target;
	char *directory;
	int fd; /* on it, or -1 */
};

static void place_done(struct place *place)
{
	free(place->directory);
	close_fd(&place->fd);
}

void unpacked_done(struct unpacked *unpacked)
{
	for (size_t i = 0; i < unpacked->count; i++) {
		free(unpacked->entries[i].path);
		free(unpacked->entries[i].user);
		free(unpacked->entries[i].group);
	}
	free(unpacked->entries);
	buf_done(&unpacked->ignored);
	*unpacked = (struct unpacked){ 0 };
}

/* /lib/x is at /usr/lib/x. The directory /lib itself is the link. */
static char *physical(const char *path)
{
	char *moved;

	if (merged_usr_index(path) < 0)
		return strdup(path);
	return asprintf(&moved, "/usr%s", path) < 0 ? NULL : moved;
}

static int open_directory(const struct unpack_target *target, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	long fd;

	if (target->choose)
		return beneath_open(target->root, path, O_PATH | O_DIRECTORY,
				    0);
	fd = syscall(SYS_openat2, target->root, path, &how, sizeof(how));
	if (fd >= 0)
		return (int)fd;
	/* A link or a file where a directory is wanted. */
	return errno == ELOOP || errno == ENOTDIR ? -EEXIST : -errno;
}

/* The directory, made if it is not there, and what leads to it. */
static int need_directory(const struct unpack_target *target, const char *path)
{
	CLEANUP_FREE char *parent = NULL;
	CLEANUP_CLOSE int above = -1;
	int fd = open_directory(target, path);

	if (fd != -ENOENT)
		return fd;
	parent = path_parent(path);
	if (!parent)
		return -ENOMEM;
	above = need_directory(target, parent);
	if (above < 0)
		return above;
	if (mkdirat(above, path_name(path), 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open_directory(target, path);
	/* A link that leads nowhere is in the way. */
	return fd == -ENOENT ? -EEXIST : fd;
}

/* The open directory that `path` goes into. */
static int enter_parent(struct place *place, const char *path)
{
	CLEANUP_FREE char *parent = path_parent(path);
	int fd;

	if (!parent)
		return -ENOMEM;
	if (place->directory && strcmp(place->directory, parent) == 0)
		return place->fd;
	fd = need_directory(place->target, parent);
	if (fd < 0)
		return fd;
	close_fd(&place->fd);
	free(place->directory);
	place->fd = fd;
	place->directory = steal_ptr(&parent);
	return fd;
}

static int make_file(struct archive_reader *reader, int parent,
		     const char *name, const struct archive_member *member,
		     struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		openat(parent, name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       member->mode & S_IXUSR ? 0755 : 0644);

	if (fd < 0)
		return -errno;
	return archive_reader_copy(reader, fd, diag);
}

static int make_hard_link(const struct place *place, int parent,
			  const char *name, const struct archive_member *member)
{
	CLEANUP_FREE char *target = physical(member->target);
	CLEANUP_FREE char *target_parent = target ? path_parent(target) : NULL;
	CLEANUP_CLOSE int from = -1;

	if (!target_parent)
		return -ENOMEM;
	from = open_directory(place->target, target_parent);
	if (from < 0)
		return from == -ENOENT ? -EBADMSG : from;
	if (linkat(from, path_name(target), parent, name, 0) < 0)
		return errno == ENOENT ? -EBADMSG : -errno;
	return 0;
}

static int make_directory(int parent, const char *name)
{
	struct stat status;

	if (mkdirat(parent, name, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? 0 : -EEXIST;
}

/* -EEXIST if something is in the way. */
static int make_member(struct archive_reader *reader, struct place *place,
		       const char *path, const struct archive_member *member,
		       struct diag *diag)
{
	const char *name = path_name(path);
	int parent = enter_parent(place, path);

	if (parent < 0)
		return parent;
	if (member->hard_link)
		return make_hard_link(place, parent, name, member);
	if (S_ISDIR(member->mode))
		return make_directory(parent, name);
	if (S_ISLNK(member->mode))
		return symlinkat(member->target, parent, name) < 0 ? -errno : 0;
	return make_file(reader, parent, name, member, diag);
}

/* Take away what is in the way; a directory stays. */
static int make_way(struct place *place, const char *path)
{
	int parent = enter_parent(place, path);

	if (parent < 0)
		return parent;
	return unlinkat(parent, path_name(path), 0) < 0 ? -errno : 0;
}

static int add_entry(struct unpacked *unpacked, const char *path,
		     const struct archive_member *member, bool dropped)
{
	struct unpacked_entry entry = {
		.path = strdup(path),
		.mode = member->mode,
		.user = member->user ? strdup(member->user) : NULL,
		.group = member->group ? strdup(member->group) : NULL,
		.dropped = dropped,
	};

	if (!entry.path || (member->user && !entry.user) ||
	    (member->group && !entry.group) ||
	    array_grow(&unpacked->entries, unpacked->count, sizeof(entry)) <
		    0) {
		free(entry.path);
		free(entry.user);
		free(entry.group);
		return -ENOMEM;
	}
	unpacked->entries[unpacked->count++] = entry;
	return 0;
}

/* Something is at `path`: whether the member takes its place. */
static int settle(struct archive_reader *reader, struct place *place,
		  const char *path, const struct archive_member *member,
		  bool *ret_dropped, struct diag *diag)
{
	const struct unpack_target *target = place->target;
	enum unpack_choice choice = UNPACK_REFUSE;
	int r;

	/* As dpkg does, a link that leads to a directory is one. */
	if (target->choose && S_ISDIR(member->mode)) {
		CLEANUP_CLOSE int fd = open_directory(target, path);

		if (fd >= 0)
			return 0;
	}
	if (target->choose)
		choice = target->choose(target->context, path);
	if (choice == UNPACK_REFUSE)
		return -EEXIST;
	if (choice == UNPACK_REPLACE) {
		r = make_way(place, path);
		/* A directory is never given up. */
		if (r == 0)
			return make_member(reader, place, path, member, diag);
		if (r != -EISDIR && r != -EPERM)
			return r;
	}
	*ret_dropped = true;
	return 0;
}

static bool can_be_had(const struct archive_member *member)
{
	return member->hard_link || S_ISREG(member->mode) ||
	       S_ISDIR(member->mode) || S_ISLNK(member->mode);
}

static int put_member(struct archive_reader *reader, struct place *place,
		      const struct archive_member *member,
		      struct unpacked *unpacked, struct diag *diag)
{
	CLEANUP_FREE char *path = physical(member->path);
	/* /lib and its kin are made at the end, as links. */
	bool is_link = merged_usr_index(member->path) >= 0 &&
		       !strchr(member->path + 1, '/');
	bool dropped = false;
	int r = 0;

	if (!path)
		return diag_oom(diag);
	if (!member->path[1])
		return 0;
	if (!can_be_had(member)) {
		buf_printf(&unpacked->ignored, "%s\n", member->path);
		return 0;
	}
	if (!is_link || S_ISDIR(member->mode)) {
		r = make_member(reader, place, path, member, diag);
		if (r == -EEXIST)
			r = settle(reader, place, path, member, &dropped, diag);
	}
	if (r == 0)
		r = add_entry(unpacked, is_link ? member->path : path, member,
			      dropped);
	if (r < 0 && diag && diag->error != r)
		(void)diag_errno(diag, r, "cannot unpack %s", member->path);
	return r;
}

int unpack_archive(const struct unpack_target *target,
		   struct archive_reader *reader, struct unpacked *unpacked,
		   struct diag *diag)
{
	CLEANUP(place_done) struct place place = { .target = target, .fd = -1 };
	struct archive_member member;
	int r;

	while ((r = archive_reader_next(reader, &member, diag)) > 0) {
		r = put_member(reader, &place, &member, unpacked, diag);
		if (r < 0)
			return r;
	}
	if (r == 0 && buf_check(&unpacked->ignored) < 0)
		return diag_oom(diag);
	return r;
}

int unpack_merge_usr(int root, struct diag *diag)
{
	for (int i = 0; merged_usr_names[i]; i++) {
		char target[32];
		struct stat status;

		(void)snprintf(target, sizeof(target), "usr/%s",
			       merged_usr_names[i]);
		if (beneath_lstat(root, target, &status) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		if (symlinkat(target, root, merged_usr_names[i]) < 0)
			return diag_errno(diag, -errno,
					  "cannot make the link /%s",
					  merged_usr_names[i]);
	}
	return 0;
}
