#include "pack/debian_root.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "pack/debian_pool.h"
#include "pack/remove_tree.h"
#include "pack/root_index.h"
#include "pack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int debian_root_digest(const struct apt_packages *packages,
		       uint8_t ret_digest[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	/* The first line changes when roots are made differently. */
	buf_puts(&text, "jailpack root 1\n");
	for (size_t i = 0; i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];
		char digest[2 * SHA256_SIZE + 1];

		sha256_format(package->sha256, digest);
		buf_printf(&text, "%s_%s_%s %s\n", package->name,
			   package->version, package->architecture, digest);
	}
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	sha256_digest(text.data, text.length, ret_digest);
	return 0;
}

/* What root_index.h calls usual. */
static bool is_usual(const struct unpacked_entry *entry)
{
	mode_t usual = 0755, permissions = entry->mode & 07777;

	if ((entry->user && strcmp(entry->user, "root") != 0) ||
	    (entry->group && strcmp(entry->group, "root") != 0))
		return false;
	if (S_ISLNK(entry->mode))
		return true;
	if (!S_ISDIR(entry->mode) && !(permissions & S_IXUSR))
		usual = 0644;
	return permissions == usual;
}

static void put_entry(struct buf *index, const struct unpacked_entry *entry)
{
	const struct root_attributes attributes = {
		.path = entry->path,
		.permissions = entry->mode & 07777,
		.user = entry->user ? entry->user : "root",
		.group = entry->group ? entry->group : "root",
	};

	if (entry->dropped)
		return;
	root_index_put_file(index, entry->path);
	if (!is_usual(entry))
		root_index_put_attributes(index, &attributes);
}

static int write_index(int directory, const struct apt_packages *packages,
		       const struct unpacked *unpacked, struct diag *diag)
{
	CLEANUP_BUF struct buf index = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r;

	root_index_put_header(&index);
	for (size_t i = 0; i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];

		root_index_put_package(&index, package->name, package->version,
				       package->architecture);
		for (size_t k = 0; k < unpacked[i].count; k++)
			put_entry(&index, &unpacked[i].entries[k]);
	}
	root_index_put_end(&index);
	if (buf_check(&index) < 0)
		return diag_oom(diag);
	fd = openat(directory, DEBIAN_ROOT_INDEX,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : write_all(fd, index.data, index.length);
	return r < 0 ? diag_errno(diag, r, "cannot write an index of packages")
		     : 0;
}

static int make_tree(int directory, struct debian_pool *pool, bool ordered,
		     struct diag *diag)
{
	CLEANUP_CLOSE int tree = -1;
	int r;

	if (mkdirat(directory, DEBIAN_ROOT_TREE, 0755) < 0)
		return diag_errno(diag, -errno, "cannot make a directory");
	tree = openat(directory, DEBIAN_ROOT_TREE,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return diag_errno(diag, -errno, "cannot open a directory");
	r = debian_pool_unpack(pool, tree, ordered, diag);
	return r < 0 ? r : unpack_merge_usr(tree, diag);
}

static void warn_of_ignored(const struct apt_packages *packages,
			    const struct unpacked *unpacked,
			    const struct debian_root_options *options)
{
	for (size_t i = 0; options->warn && i < packages->count; i++) {
		char *rest = unpacked[i].ignored.data, *path;

		while (rest && (path = strsep(&rest, "\n")) != NULL) {
			CLEANUP_FREE char *text = NULL;

			if (*path &&
			    asprintf(&text,
				     "%s in the package %s is a "
				     "device or FIFO: left out",
				     path, packages->items[i].name) >= 0)
				options->warn(options->context, text);
		}
	}
}

int debian_root_make(int directory, const struct apt_packages *packages,
		     const struct debian_root_options *options,
		     struct diag *diag)
{
	struct debian_pool *pool;
	int r = debian_pool_new(packages, options, &pool, diag);

	if (r < 0)
		return r;
	r = make_tree(directory, pool, false, diag);
	/*
	 * Packages that disagree about a place are rare. Which one has its
	 * way must not hang on which thread is faster: once more, in order.
	 */
	if (r == -EEXIST) {
		diag_done(diag);
		r = remove_tree(directory, DEBIAN_ROOT_TREE);
		if (r < 0)
			r = diag_errno(diag, r, "cannot remove a directory");
		else
			r = make_tree(directory, pool, true, diag);
	}
	if (r == 0) {
		const struct unpacked *unpacked = debian_pool_unpacked(pool);

		warn_of_ignored(packages, unpacked, options);
		r = write_index(directory, packages, unpacked, diag);
	}
	debian_pool_free(pool);
	return r;
}
