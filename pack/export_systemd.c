/*
 * --export systemd: a portable service with its dm-verity sidecars, and the
 * image as it is with the sidecars that it has in itself, for a unit with
 * RootImage=.
 *
 *   NAME.raw .verity .roothash       what `portablectl attach` takes
 *   profile/jail/service.conf        with --profile jail
 *   sealed/NAME.raw .verity .roothash .roothash.p7s
 *   sealed/NAME.service              a unit that runs it from there
 *
 * The tail of an image is what veritysetup would have written beside it: the
 * sidecars are cut out of it, and a signature still holds.
 */
#include "lib/fdio.h"
#include "pack/export.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { COPY_SIZE = 128 << 10 };

#define PLACE "/var/lib/machines"

static int create(const struct export_directory *directory, const char *prefix,
		  const char *name, const char *suffix, int *ret_fd,
		  struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int fd;

	if (asprintf(&path, "%s%s%s", prefix, name, suffix) < 0)
		return diag_oom(diag);
	fd = openat(directory->fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot create %s", path);
	*ret_fd = fd;
	return 0;
}

static int copy(int from, uint64_t offset, uint64_t length, int to,
		struct diag *diag)
{
	CLEANUP_FREE uint8_t *buffer = malloc(COPY_SIZE);
	int r = buffer ? 0 : -ENOMEM;

	while (r == 0 && length) {
		size_t size = length < COPY_SIZE ? (size_t)length : COPY_SIZE;

		r = pread_all(from, buffer, size, offset);
		if (r == 0)
			r = write_all(to, buffer, size);
		offset += size;
		length -= size;
	}
	return r < 0 ? diag_errno(diag, r, "cannot copy the image") : 0;
}

static int put_text(const struct export_directory *directory,
		    const char *prefix, const char *name, const char *suffix,
		    const char *text, struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	int r = create(directory, prefix, name, suffix, &fd, diag);

	if (r < 0)
		return r;
	r = write_all(fd, text, strlen(text));
	return r < 0 ? diag_errno(diag, r, "cannot write %s%s%s", prefix, name,
				  suffix)
		     : 0;
}

/* --- The image as it is --------------------------------------------------- */

static int put_section(const struct export_subject *export,
		       const struct export_directory *directory,
		       const char *suffix, uint64_t offset, uint64_t length,
		       struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	int r = create(directory, "sealed/", export->config.name, suffix, &fd,
		       diag);

	return r == 0 ? copy(export->subject->fd, offset, length, fd, diag) : r;
}

static int put_sealed_unit(const struct export_subject *export,
			   const struct export_directory *directory,
			   const char *root_hash, struct diag *diag)
{
	const char *name = export->config.name;
	CLEANUP_BUF struct buf unit = BUF_INIT, lines = BUF_INIT;
	int r;

	buf_printf(&lines,
		   "RootImage=" PLACE "/%s.raw\n"
		   "RootHash=%s\n"
		   "RootVerity=" PLACE "/%s.verity\n",
		   name, root_hash, name);
	if (export->subject->layout.signature_length)
		buf_printf(&lines,
			   "RootHashSignature=" PLACE "/%s.roothash.p7s\n",
			   name);
	if (buf_check(&lines) < 0)
		return diag_oom(diag);
	r = export_unit(export, lines.data, &unit, diag);
	return r == 0 ? put_text(directory, "sealed/", name, ".service",
				 unit.data, diag)
		      : r;
}

static int put_sealed(const struct export_subject *export,
		      const struct export_directory *directory,
		      struct diag *diag)
{
	const struct image_layout *layout = &export->subject->layout;
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	int r;

	root_hash_format(layout->root_hash, root_hash);
	if (mkdirat(directory->fd, "sealed", 0755) < 0)
		return diag_errno(diag, -errno, "cannot make sealed");
	r = put_section(export, directory, ".raw", 0, layout->tree_offset,
			diag);
	if (r == 0)
		r = put_section(export, directory, ".verity",
				layout->tree_offset, layout->tree_length, diag);
	if (r == 0 && layout->signature_length)
		r = put_section(export, directory, ".roothash.p7s",
				layout->signature_offset,
				layout->signature_length, diag);
	if (r == 0)
		r = put_text(directory, "sealed/", export->config.name,
			     ".roothash", root_hash, diag);
	return r == 0 ? put_sealed_unit(export, directory, root_hash, diag) : r;
}

/* --- The portable service ------------------------------------------------- */

static int put_tree(const struct export_subject *export,
		    const struct export_directory *directory, int raw,
		    uint64_t length, struct diag *diag)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	uint8_t root[HASHTREE_DIGEST_SIZE];
	CLEANUP_FREE uint8_t *tree = NULL;
	CLEANUP_CLOSE int fd = -1;
	int r = hashtree_compute(raw, length, 0, root, &tree, diag);

	if (r == 0)
		r = create(directory, "", export->config.name, ".verity", &fd,
			   diag);
	if (r < 0)
		return r;
	r = write_all(fd, tree, (size_t)hashtree_length(length));
	if (r < 0)
		return diag_errno(diag, r, "cannot write the hash tree");
	root_hash_format(root, root_hash);
	return put_text(directory, "", export->config.name, ".roothash",
			root_hash, diag);
}

/* systemd's own profiles have the service be a user without a name in a user
 * namespace, which can bind no port below 1024 and be nobody else later, or
 * give it all of /run. The unit says for itself what it may. */
static int put_profile(const struct export_directory *directory,
		       struct diag *diag)
{
	static const char text[] =
		"# For portable services whose units confine them.\n"
		"[Service]\n"
		"BindReadOnlyPaths=/dev/log /run/systemd/journal/socket "
		"/run/systemd/journal/stdout\n";

	if (mkdirat(directory->fd, "profile", 0755) < 0 ||
	    mkdirat(directory->fd, "profile/jail", 0755) < 0)
		return diag_errno(diag, -errno, "cannot make profile/jail");
	return put_text(directory, "profile/jail/", "service", ".conf", text,
			diag);
}

static bool has_file(const struct bill *bill, const char *path)
{
	for (size_t i = 0; i < bill->file_count; i++)
		if (strcmp(bill->files[i].path, path) == 0)
			return true;
	return false;
}

/* An image as it is cannot be given what the portable service has. */
static void tell_of_mount_points(const struct export_subject *export,
				 struct buf *text)
{
	static const char *const needed[] = { "/dev", "/proc", "/run",
					      "/sys", "/tmp",  "/var/tmp" };
	bool missing = false;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (has_file(&export->bill, needed[i]))
			continue;
		if (!missing)
			buf_puts(text,
				 "the unit in sealed/ starts once the image "
				 "has what systemd mounts on, by a line in its "
				 "recipe: dir");
		missing = true;
		buf_printf(text, " %s", needed[i]);
	}
	if (missing)
		buf_putc(text, '\n');
}

int export_systemd(const struct export_subject *export,
		   struct export_directory *directory, struct buf *text,
		   struct diag *diag)
{
	const struct config *config = &export->config;
	CLEANUP_BUF struct buf unit = BUF_INIT;
	CLEANUP_FREE char *scratch = NULL;
	CLEANUP_CLOSE int fd = -1;
	uint64_t length;
	int r = export_unit(export, "", &unit, diag);

	if (r == 0 &&
	    asprintf(&scratch, "%s/scratch", directory->temporary) < 0)
		r = diag_oom(diag);
	if (r == 0)
		r = create(directory, "", config->name, ".raw", &fd, diag);
	if (r == 0)
		r = export_portable(export, scratch, &unit, fd, &length, diag);
	if (r == 0)
		r = put_tree(export, directory, fd, length, diag);
	if (r == 0)
		r = put_sealed(export, directory, diag);
	if (r == 0)
		r = put_profile(directory, diag);
	if (r < 0)
		return r;
	if (config->service_count > 1)
		buf_puts(text, "of its services only the first is started\n");
	if (config->connect_count == 0 && config->listen_count)
		buf_puts(text,
			 "that it calls nobody is not held by the unit\n");
	tell_of_mount_points(export, text);
	buf_printf(text,
		   "portablectl attach --profile jail %s.raw, once profile/ "
		   "lies in /etc/systemd/portable\n"
		   "sealed/ belongs into " PLACE "; the portable service has a "
		   "root hash of its own\n",
		   config->name);
	return 0;
}
