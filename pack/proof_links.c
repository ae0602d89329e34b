/* Where the symbolic links of the tree lead. */
#include "lib/path.h"
#include "pack/format.h"
#include "pack/proof_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LINKS_MAX = 40 }; /* followed in one path, as in the kernel */

/* The path that is left once the first link on a normal path is replaced by
 * what it says; NULL in *ret_path if there is no link on it. */
static int replace_link(const struct tree *tree, const char *path,
			char **ret_path, struct diag *diag)
{
	for (size_t end = 1; path[end - 1]; end++) {
		CLEANUP_FREE char *front = NULL;
		CLEANUP_FREE char *parent = NULL;
		CLEANUP_FREE char *target = NULL;
		const struct node *node;

		end += strcspn(path + end, "/");
		front = strndup(path, end);
		node = front ? tree_find(tree, front) : NULL;
		if (!front)
			return diag_oom(diag);
		if (!node || !S_ISLNK(node->mode)) {
			if (path[end] == '\0')
				break;
			continue;
		}
		parent = path_parent(front);
		target = parent ? path_join(parent, node->target) : NULL;
		*ret_path =
			target ? format_text("%s%s", target, path + end) : NULL;
		return *ret_path ? 0 : diag_oom(diag);
	}
	*ret_path = NULL;
	return 0;
}

/* The path at which a link that leads nowhere ends. */
static int end_of_link(const struct proof *proof, const struct node *node,
		       char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(node);

	for (int i = 0; path && i < LINKS_MAX; i++) {
		char *next, *normal;
		int r = replace_link(proof->tree.tree, path, &next, diag);

		if (r < 0)
			return r;
		if (!next)
			break;
		normal = path_normalize(next);
		free(next);
		free(path);
		path = normal;
	}
	*ret_path = steal_ptr(&path);
	return *ret_path ? 0 : diag_oom(diag);
}

/* True if something may be there when the jail runs. */
static bool comes_later(const struct proof *proof, const char *path)
{
	static const char *const places[] = { "/dev", "/proc", "/sys", "/run" };
	const char *by;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (path_within(path, places[i]))
			return true;
	}
	for (size_t i = 0; i < proof->config->layer_count; i++) {
		if (path_within(path, proof->config->layers[i].path))
			return true;
	}
	return proof_hidden(proof, path, &by) != NULL;
}

int proof_link(struct proof *proof, struct node *node, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(node);
	CLEANUP_FREE char *end = NULL;
	CLEANUP_FREE char *text = NULL;
	int r;

	if (!path)
		return diag_oom(diag);
	if (tree_resolve(proof->tree.tree, path))
		return 0;
	r = end_of_link(proof, node, &end, diag);
	if (r < 0 || comes_later(proof, end) || comes_later(proof, path))
		return r;
	text = format_text("%s -> %s", path, node->target);
	if (!text)
		return diag_oom(diag);
	if (node->explicit)
		return proof_find(
			proof, node,
			format_text("the link %s leads nowhere", text),
			proof_copy_hint(proof, end), diag);
	return strv_append(&proof->dangling, text) < 0 ? diag_oom(diag) : 0;
}
