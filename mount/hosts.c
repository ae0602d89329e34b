#include "mount/hosts.h"

#include "lib/beneath.h"
#include "lib/fdio.h"
#include "mount/mounts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define HOSTS "/etc/hosts"

/* --- The text ------------------------------------------------------------- */

/* One name may stand there with several ports. */
static bool is_told(const struct config *config, const struct peers *peers,
		    size_t index)
{
	const struct peer *peer = &peers->items[index];
	const char *host = config->connects[peer->connect].host;

	for (size_t i = 0; i < index; i++) {
		const struct peer *other = &peers->items[i];

		if (!other->before &&
		    memcmp(other->address.bytes, peer->address.bytes,
			   sizeof(peer->address.bytes)) == 0 &&
		    other->address.family == peer->address.family &&
		    strcmp(config->connects[other->connect].host, host) == 0)
			return true;
	}
	return false;
}

void hosts_put(const struct config *config, const struct peers *peers,
	       const struct buf *image, struct buf *text)
{
	buf_puts(text, "# Whom this jail may call, looked up by the host.\n");
	for (size_t i = 0; i < peers->count; i++) {
		const struct peer *peer = &peers->items[i];
		const struct endpoint *connect =
			&config->connects[peer->connect];
		char address[INET6_ADDRSTRLEN];

		if (peer->before || !endpoint_has_name(connect) ||
		    is_told(config, peers, i) ||
		    !inet_ntop(peer->address.family, peer->address.bytes,
			       address, sizeof(address)))
			continue;
		buf_printf(text, "%s %s\n", address, connect->host);
	}
	if (image->length)
		buf_append(text, image->data, image->length);
}

/* --- The file ------------------------------------------------------------- */

/* A link may lead nowhere, in a directory that the jail keeps also by its own
 * doing. */
static bool is_no_place(int error)
{
	return error == -ENOENT || error == -EEXIST || error == -EROFS ||
	       error == -ENOTDIR || error == -ELOOP;
}

/* What is there, or an empty one where it can be made: in a layer. -ENOENT if
 * there is nothing that a file could be attached to. */
static int read_image(int root, struct buf *image)
{
	CLEANUP_CLOSE int fd =
		beneath_open(root, HOSTS, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd == -ENOENT)
		fd = beneath_open(root, HOSTS, O_RDONLY | O_CREAT | O_EXCL,
				  0644);
	if (fd < 0)
		return is_no_place(fd) ? -ENOENT : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? read_to_end(fd, HOSTS_MAX, image)
				   : -ENOENT;
}

/* A file of a file system of its own, as a mount that is attached nowhere: it
 * has to be attached for a moment, since the kernel clones no other. */
static int make_file(const struct buf *text, int root, uint32_t owner,
		     int *ret_mount, struct diag *diag)
{
	const struct mount_option options[] = {
		{ "size", "1m" },
		{ "nr_inodes", "4" },
		{ "mode", "0755" },
		{ NULL, NULL },
	};
	CLEANUP_CLOSE int whole = -1;
	CLEANUP_CLOSE int fd = -1;
	int r = mount_create("tmpfs", options,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     MOUNT_ATTR_NOEXEC,
			     &whole, diag);

	if (r < 0)
		return r;
	fd = openat(whole, "hosts", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	r = fd < 0 ? -errno : write_all(fd, text->data, text->length);
	if (r == 0 && (fchown(fd, owner, owner) < 0 || fchmod(fd, 0644) < 0))
		r = -errno;
	if (r == 0)
		r = mount_attach(whole, root);
	if (r < 0)
		return r;
	*ret_mount =
		open_tree(whole, "hosts", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	r = *ret_mount < 0 ? -errno : 0;
	/* By its descriptor, since no path leads there. */
	if (fchdir(whole) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		r = r < 0 ? r : -errno;
	return r;
}

static int attach(int mount, int root)
{
	CLEANUP_CLOSE int target = beneath_open(root, HOSTS, O_PATH, 0);
	int r = mount_restrict(mount, MOUNT_ATTR_RDONLY);

	if (r == 0 && target < 0)
		r = target;
	return r < 0 ? r : mount_attach(mount, target);
}

int hosts_attach(const struct config *config, const struct peers *peers,
		 int root, uint32_t owner, struct buf *notes, struct diag *diag)
{
	CLEANUP_BUF struct buf image = BUF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_CLOSE int mount = -1;
	int r = read_image(root, &image);

	if (r == -ENOENT) {
		buf_printf(notes,
			   "%s" HOSTS " is not in the image: the names "
			   "of its peers are not known in the jail",
			   notes->length ? "\n" : "");
		return 0;
	}
	hosts_put(config, peers, &image, &text);
	if (r == 0)
		r = buf_check(&text);
	if (r == 0)
		r = make_file(&text, root, owner, &mount, diag);
	if (r == 0)
		r = attach(mount, root);
	return r < 0 ? diag_errno(diag, r, "cannot write the jail's " HOSTS)
		     : 0;
}
