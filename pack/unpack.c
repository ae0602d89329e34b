#include "pack/unpack.h"

#include "lib/path.h"
#include "pack/merged_usr.h"
#include "pack/real_directory.h"
#include "pack/root_index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* /lib/x of a package is at /usr/lib/x. */
static char *physical(const struct unpack *unpack, const char *path)
{
	char *moved;

	if (unpack->kind == UNPACK_PLAIN || merged_usr_index(path) < 0)
		return strdup(path);
	return asprintf(&moved, "/usr%s", path) < 0 ? NULL : moved;
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

/* cpio gives the content of a file with several names to the last of them. */
static int fill_link(struct archive_reader *reader, int parent,
		     const char *name, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(
		parent, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return archive_reader_copy(reader, fd, diag);
}

static int make_hard_link(const struct unpack *unpack, int parent,
			  const char *name, const char *target)
{
	CLEANUP_FREE char *path = physical(unpack, target);
	CLEANUP_FREE char *directory = path ? path_parent(path) : NULL;
	CLEANUP_CLOSE int from = -1;

	if (!directory)
		return -ENOMEM;
	from = real_directory_open(unpack->root, directory);
	if (from < 0)
		return from;
	return linkat(from, path_name(path), parent, name, 0) < 0 ? -errno : 0;
}

static int take_hard_link(const struct unpack *unpack,
			  struct archive_reader *reader, int parent,
			  const char *name, const struct archive_member *member,
			  struct diag *diag)
{
	int r = make_hard_link(unpack, parent, name, member->target);

	if (r == -ENOENT)
		return diag_set(diag, -EBADMSG,
				"%s is a hard link to %s, which does not come "
				"before it",
				member->path, member->target);
	if (r == 0 && member->size > 0)
		r = fill_link(reader, parent, name, diag);
	return r;
}

static int make_symlink(const struct unpack *unpack, int parent,
			const char *name, const struct archive_member *member,
			struct diag *diag)
{
	if (unpack->kind == UNPACK_PLAIN &&
	    path_climbs_out(member->path, member->target))
		return diag_set(diag, -EBADMSG,
				"%s is a link to %s, which leads out of the "
				"archive",
				member->path, member->target);
	return symlinkat(member->target, parent, name) < 0 ? -errno : 0;
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

/* -EEXIST if the archive had something else of that name before. */
static int make_member(const struct unpack *unpack,
		       struct archive_reader *reader, int parent,
		       const char *name, const struct archive_member *member,
		       struct diag *diag)
{
	if (member->hard_link)
		return take_hard_link(unpack, reader, parent, name, member,
				      diag);
	if (S_ISDIR(member->mode))
		return make_directory(parent, name);
	if (S_ISLNK(member->mode))
		return make_symlink(unpack, parent, name, member, diag);
	return make_file(reader, parent, name, member, diag);
}

/* What root_index.h calls usual. */
static bool is_usual(const struct archive_member *member)
{
	mode_t usual = 0755, permissions = member->mode & 07777;

	if ((member->user && strcmp(member->user, "root") != 0) ||
	    (member->group && strcmp(member->group, "root") != 0))
		return false;
	if (!member->hard_link && S_ISLNK(member->mode))
		return true;
	if (!S_ISDIR(member->mode) && !(permissions & S_IXUSR))
		usual = 0644;
	return permissions == usual;
}

static void put_records(const struct unpack *unpack, const char *path,
			const struct archive_member *member)
{
	struct root_record record = {
		.kind = S_ISDIR(member->mode) && !member->hard_link
				? ROOT_DIRECTORY
				: ROOT_FILE,
		.attributes = { .path = path,
				.permissions = member->mode & 07777,
				.user = member->user ? member->user : "root",
				.group = member->group ? member->group
						       : "root" },
	};

	if (unpack->kind == UNPACK_PACKAGE) {
		root_index_put(unpack->records, &record);
		if (is_usual(member))
			return;
	}
	record.kind = ROOT_ATTRIBUTES;
	root_index_put(unpack->records, &record);
}

static bool can_be_had(const struct archive_member *member)
{
	return member->hard_link || S_ISREG(member->mode) ||
	       S_ISDIR(member->mode) || S_ISLNK(member->mode);
}

static int put_member(const struct unpack *unpack,
		      struct archive_reader *reader,
		      struct real_directory *place,
		      const struct archive_member *member, struct diag *diag)
{
	CLEANUP_FREE char *path = physical(unpack, member->path);
	int parent, r;

	if (!path)
		return -ENOMEM;
	parent = real_directory_of(place, path);
	if (parent < 0)
		return parent;
	r = make_member(unpack, reader, parent, path_name(path), member, diag);
	/* The later of two members of one name counts, as for tar. */
	if (r == -EEXIST && unlinkat(parent, path_name(path), 0) == 0)
		r = make_member(unpack, reader, parent, path_name(path), member,
				diag);
	return r;
}

static int take_member(const struct unpack *unpack,
		       struct archive_reader *reader,
		       struct real_directory *place,
		       const struct archive_member *member, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_DIAG struct diag own = DIAG_INIT;
	/* /lib and its kin: links, which the root gets in the end. */
	bool top = unpack->kind == UNPACK_PACKAGE &&
		   merged_usr_index(member->path) >= 0 &&
		   !strchr(member->path + 1, '/');
	int r;

	if (!member->path[1])
		return 0;
	if (!can_be_had(member)) {
		buf_printf(unpack->ignored, "%s\n", member->path);
		return 0;
	}
	if (top) {
		put_records(unpack, member->path, member);
		return 0;
	}
	r = put_member(unpack, reader, place, member, &own);
	if (r < 0 && own.error) {
		(void)diag_set(diag, r, "%s", own.text);
		if (own.hint)
			diag_hint(diag, "%s", own.hint);
		return r;
	}
	if (r == -ELOOP || r == -ENOTDIR || r == -EEXIST || r == -EISDIR)
		return diag_set(diag, -EBADMSG,
				"%s is in the way of itself: a link or a file "
				"where a directory should be",
				member->path);
	if (r < 0)
		return diag_errno(diag, r, "cannot unpack %s", member->path);
	path = physical(unpack, member->path);
	if (!path)
		return diag_oom(diag);
	put_records(unpack, path, member);
	return 0;
}

int unpack_archive(const struct unpack *unpack, struct archive_reader *reader,
		   struct diag *diag)
{
	CLEANUP(real_directory_done)
	struct real_directory place = REAL_DIRECTORY(unpack->root);
	struct archive_member member;
	int r;

	while ((r = archive_reader_next(reader, &member, diag)) > 0) {
		r = take_member(unpack, reader, &place, &member, diag);
		if (r < 0)
			return r;
	}
	if (r == 0 &&
	    (buf_check(unpack->records) < 0 || buf_check(unpack->ignored) < 0))
		return diag_oom(diag);
	return r;
}
