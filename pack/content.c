/* The bytes of a node: apart from the tree, so that the tree itself knows no
 * source. */
#include "lib/fdio.h"
#include "pack/source.h"
#include "pack/tree.h"

#include <errno.h>
#include <sys/mman.h>

static int open_inline(const struct node *node, int *ret_fd, struct diag *diag)
{
	CLEANUP_CLOSE int fd = memfd_create("jailpack-content", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return diag_errno(diag, -errno, "cannot create a memory file");
	r = pwrite_all(fd, node->data, (size_t)node->size, 0);
	if (r < 0)
		return diag_errno(diag, r, "cannot write a memory file");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int node_open(const struct node *node, int *ret_fd, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;

	switch (node->content) {
	case CONTENT_INLINE:
		return open_inline(node, ret_fd, diag);
	case CONTENT_FILE:
		return source_open(node->source, node->source_path, ret_fd,
				   diag);
	case CONTENT_NONE:
		break;
	}
	path = node_path(node);
	return diag_set(diag, -EINVAL, "%s is not a regular file",
			path ? path : node->name);
}
