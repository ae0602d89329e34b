/* A portable service's file system, systemd's docs/PORTABLE_SERVICES.md: the
 * image's own files, and what portablectl looks for. */
#include "lib/path.h"
#include "pack/export.h"
#include "pack/extract.h"
#include "pack/remove_tree.h"
#include "pack/source.h"
#include "pack/squash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct portable {
	const struct export_subject *export;
	struct tree *tree;
	struct source *source; /* the files, extracted */
	struct diag *diag;
};

/* --- The tree ------------------------------------------------------------- */

static int add_node(struct portable *portable, const struct bill_file *file)
{
	struct node *node;
	int r = 0;

	/* The root is there, devices are the manager's. */
	if (strcmp(file->path, "/") == 0)
		node = portable->tree->root;
	else if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
		return 0;
	else
		r = tree_add(portable->tree, file->path, file->mode, &node,
			     portable->diag);
	if (r < 0)
		return r;
	node->mode = file->mode;
	node->uid = file->uid;
	node->gid = file->gid;
	if (S_ISLNK(file->mode)) {
		node->target = strdup(file->target);
		return node->target ? 0 : diag_oom(portable->diag);
	}
	if (!S_ISREG(file->mode))
		return 0;
	node->content = CONTENT_FILE;
	node->source = portable->source;
	node->size = file->size;
	node->source_path = strdup(file->path);
	return node->source_path ? 0 : diag_oom(portable->diag);
}

/* A directory, with those above it; what is there stays. */
static int add_directory(struct portable *portable, const char *path,
			 mode_t mode)
{
	CLEANUP_FREE char *parent = path_parent(path);
	struct node *node;
	int r;

	if (!parent)
		return diag_oom(portable->diag);
	if (tree_resolve(portable->tree, path))
		return 0;
	if (strcmp(parent, "/") != 0) {
		r = add_directory(portable, parent, 0755);
		if (r < 0)
			return r;
	}
	r = tree_add(portable->tree, path, S_IFDIR | mode, &node,
		     portable->diag);
	return r == -EEXIST ? 0 : r;
}

static int add_file(struct portable *portable, const char *path,
		    const char *text)
{
	CLEANUP_FREE char *parent = path_parent(path);
	struct node *node;
	int r;

	if (!parent)
		return diag_oom(portable->diag);
	r = add_directory(portable, parent, 0755);
	if (r == 0)
		r = tree_add(portable->tree, path, S_IFREG | 0644, &node,
			     portable->diag);
	if (r == -EEXIST) /* the image's own says it better */
		return 0;
	if (r < 0)
		return r;
	node->content = CONTENT_INLINE;
	node->data = strdup(text);
	node->size = strlen(text);
	return node->data ? 0 : diag_oom(portable->diag);
}

/* "KEY=value", os-release(5): in quotes, and nothing in it that ends them. */
static void put_variable(struct buf *text, const char *name, const char *value)
{
	buf_printf(text, "%s=\"", name);
	for (; *value; value++) {
		if (strchr("\"\\$`", *value))
			buf_putc(text, '\\');
		buf_putc(text, *value);
	}
	buf_puts(text, "\"\n");
}

static int add_release(struct portable *portable)
{
	const struct config *config = &portable->export->config;
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_printf(&text, "ID=%s\n", config->name);
	put_variable(&text, "NAME", config->name);
	put_variable(&text, "PRETTY_NAME",
		     config->summary && *config->summary ? config->summary
							 : config->name);
	if (config->version && *config->version)
		put_variable(&text, "VERSION_ID", config->version);
	buf_printf(&text, "PORTABLE_PREFIXES=%s\n", config->name);
	return buf_check(&text) < 0
		       ? diag_oom(portable->diag)
		       : add_file(portable, "/usr/lib/os-release", text.data);
}

/* What the manager mounts on, and files that it lays its own over. */
static int add_mount_points(struct portable *portable)
{
	static const struct {
		const char *path;
		mode_t mode;
	} directories[] = {
		{ "/dev", 0755 },      { "/etc", 0755 }, { "/proc", 0555 },
		{ "/run", 0755 },      { "/sys", 0555 }, { "/tmp", 01777 },
		{ "/var/tmp", 01777 },
	};
	const struct config *config = &portable->export->config;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++)
		r = add_directory(portable, directories[i].path,
				  directories[i].mode);
	for (size_t i = 0; r == 0 && i < config->persist_count; i++)
		r = add_directory(portable, config->persists[i].path, 0755);
	if (r == 0)
		r = add_file(portable, "/etc/resolv.conf", "");
	return r == 0 ? add_file(portable, "/etc/machine-id", "") : r;
}

static int fill(struct portable *portable, const struct buf *unit)
{
	const struct export_subject *export = portable->export;
	CLEANUP_FREE char *path = NULL;
	int r = 0;

	if (asprintf(&path, "/usr/lib/systemd/system/%s.service",
		     export->config.name) < 0)
		return diag_oom(portable->diag);
	for (size_t i = 0; r == 0 && i < export->bill.file_count; i++)
		r = add_node(portable, &export->bill.files[i]);
	if (r == 0)
		r = add_mount_points(portable);
	if (r == 0)
		r = add_release(portable);
	return r == 0 ? add_file(portable, path, unit->data) : r;
}

/* --- The file system ------------------------------------------------------ */

static int write_file_system(struct portable *portable, const struct buf *unit,
			     int fd, uint64_t *ret_length)
{
	const struct squash_options options = { .level = SQUASH_DEFAULT_LEVEL };
	uint64_t length, blocks;
	int r = tree_new(&portable->tree, portable->diag);

	if (r == 0)
		r = fill(portable, unit);
	if (r == 0)
		r = squash_write(portable->tree, &options, fd, &length,
				 portable->diag);
	if (r < 0)
		return r;
	blocks = (length + IMAGE_ALIGNMENT - 1) / IMAGE_ALIGNMENT;
	if (ftruncate(fd, (off_t)(blocks * IMAGE_ALIGNMENT)) < 0)
		return diag_errno(portable->diag, -errno,
				  "cannot write the file system");
	*ret_length = blocks * IMAGE_ALIGNMENT;
	return 0;
}

int export_portable(const struct export_subject *export, const char *scratch,
		    const struct buf *unit, int fd, uint64_t *ret_length,
		    struct diag *diag)
{
	static char *const everything[] = { NULL };
	const struct extract_options options = { .directory = scratch,
						 .paths = everything };
	struct portable portable = { .export = export, .diag = diag };
	CLEANUP_BUF struct buf told = BUF_INIT;
	int r = extract_image(export->subject, &options, &told, diag);

	if (r < 0)
		return r;
	r = source_open_directory(scratch, &portable.source, diag);
	if (r == 0)
		r = write_file_system(&portable, unit, fd, ret_length);
	tree_free(portable.tree);
	source_free(portable.source);
	if (remove_tree(AT_FDCWD, scratch) < 0 && r == 0)
		r = diag_set(diag, -EIO, "cannot remove %s", scratch);
	return r;
}
