#include "pack/deb_unpack.h"

#include "lib/fdio.h"
#include "pack/archive.h"
#include "pack/deb_control.h"
#include "pack/debian_unpack.h"
#include "pack/digest.h"
#include "pack/remove_tree.h"
#include "pack/root_index.h"
#include "pack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 128 << 10 };

/* The file of a package, if it is the one that the package list means. */
static int open_file(const struct apt_package *package, int *ret_fd,
		     struct diag *diag)
{
	CLEANUP_CLOSE int fd = open(package->path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[SHA256_SIZE];
	int r;

	if (fd < 0 && errno == ENOENT)
		return diag_set(diag, -EUCLEAN, "%s was not fetched",
				package->path);
	r = fd < 0 ? -errno : digest_file(fd, digest);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", package->path);
	if (memcmp(digest, package->sha256, sizeof(digest)) != 0) {
		if (package->remote)
			(void)unlink(package->path);
		return diag_set(diag, -EUCLEAN,
				"%s is not the file that the package list "
				"means: its SHA-256 differs",
				package->path);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int make_place(int directory, const struct apt_package *package,
		      int *ret_place, int *ret_tree, struct diag *diag)
{
	char name[DEBIAN_PACKAGE_NAME_SIZE + 1] = ".";
	CLEANUP_CLOSE int place = -1;
	CLEANUP_CLOSE int tree = -1;
	int r;

	debian_package_name(package, name + 1);
	r = remove_tree(directory, name);
	if (r == 0 && mkdirat(directory, name, 0755) < 0)
		r = -errno;
	if (r == 0) {
		place = openat(directory, name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = place < 0 || mkdirat(place, DEBIAN_TREE, 0755) < 0 ? -errno
								       : 0;
	}
	if (r == 0) {
		tree = openat(place, DEBIAN_TREE,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = tree < 0 ? -errno : 0;
	}
	if (r < 0)
		return diag_errno(diag, r,
				  "cannot make a directory for the package %s",
				  package->name);
	*ret_place = steal_fd(&place);
	*ret_tree = steal_fd(&tree);
	return 0;
}

static int write_file(int place, const char *name,
		      const struct apt_package *package,
		      const struct buf *content, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(
		place, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : write_all(fd, content->data, content->length);

	return r < 0 ? diag_errno(diag, r, "cannot write the %s of %s", name,
				  package->name)
		     : 0;
}

static int read_control(struct archive_reader *reader, struct buf *control,
			struct diag *diag)
{
	struct archive_member member;
	int r;

	while ((r = archive_reader_next(reader, &member, diag)) > 0)
		if (strcmp(member.path, "/control") == 0)
			return archive_reader_read(reader, DEB_CONTROL_LIMIT,
						   control, diag);
	return r < 0 ? r : diag_set(diag, -EBADMSG, "it has no control file");
}

/* Kept for when packages disagree about a file. */
static int unpack_control(int fd, int place, const struct apt_package *package,
			  struct diag *diag)
{
	CLEANUP_BUF struct buf control = BUF_INIT;
	struct archive_reader *reader;
	int r = archive_reader_open(fd, package->path, ARCHIVE_CONTROL, &reader,
				    diag);

	if (r < 0)
		return r;
	r = read_control(reader, &control, diag);
	archive_reader_free(reader);
	if (r < 0)
		return diag_wrap(diag, r, "the package %s", package->name);
	r = write_file(place, DEBIAN_CONTROL, package, &control, diag);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = diag_errno(diag, -errno, "cannot read %s", package->path);
	return r;
}

static int unpack_members(int fd, int tree, const struct apt_package *package,
			  struct buf *index, struct buf *ignored,
			  struct diag *diag)
{
	const struct unpack unpack = { .kind = UNPACK_PACKAGE,
				       .root = tree,
				       .records = index,
				       .ignored = ignored };
	struct archive_reader *reader;
	int r = archive_reader_open(fd, package->path, ARCHIVE_DATA, &reader,
				    diag);

	if (r < 0)
		return r;
	r = unpack_archive(&unpack, reader, diag);
	archive_reader_free(reader);
	return r < 0 ? diag_wrap(diag, r, "the package %s", package->name) : 0;
}

int deb_unpack(int directory, const struct apt_package *package,
	       struct buf *ignored, struct diag *diag)
{
	const struct root_record head = {
		.kind = ROOT_PACKAGE,
		.name = package->name,
		.version = package->version,
		.architecture = package->architecture,
	};
	const struct root_record end = { .kind = ROOT_END };
	CLEANUP_BUF struct buf index = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_CLOSE int place = -1;
	CLEANUP_CLOSE int tree = -1;
	int r = open_file(package, &fd, diag);

	if (r == 0)
		r = make_place(directory, package, &place, &tree, diag);
	if (r == 0)
		r = unpack_control(fd, place, package, diag);
	if (r < 0)
		return r;
	root_index_put_header(&index);
	root_index_put(&index, &head);
	r = unpack_members(fd, tree, package, &index, ignored, diag);
	if (r < 0)
		return r;
	root_index_put(&index, &end);
	if (buf_check(&index) < 0)
		return diag_oom(diag);
	return write_file(place, DEBIAN_INDEX, package, &index, diag);
}
