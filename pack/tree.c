#include "pack/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

enum {
	LINKS_MAX = 40, /* followed in one path, as in the kernel */
};

static void node_free(struct node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->child_count; i++)
		node_free(node->children[i]);
	free(node->children);
	free(node->name);
	free(node->target);
	free(node->data);
	free(node->source_path);
	free(node->reason);
	free(node);
}

static struct node *node_new(const char *name, size_t length, mode_t mode)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = strndup(name, length);
	if (!node->name) {
		free(node);
		return NULL;
	}
	node->mode = mode;
	node->package = TREE_NO_PACKAGE;
	return node;
}

int tree_new(struct tree **ret_tree, struct diag *diag)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return diag_oom(diag);
	tree->root = node_new("", 0, S_IFDIR | 0755);
	if (!tree->root) {
		free(tree);
		return diag_oom(diag);
	}
	tree->node_count = 1;
	*ret_tree = tree;
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	node_free(tree->root);
	for (size_t i = 0; i < tree->package_count; i++) {
		free(tree->packages[i].name);
		free(tree->packages[i].version);
		free(tree->packages[i].architecture);
		free(tree->packages[i].suite);
	}
	free(tree->packages);
	free(tree);
}

/* Compare a name with the first `length` bytes of `text`, as strcmp would. */
static int compare_name(const char *name, const char *text, size_t length)
{
	int order = strncmp(name, text, length);

	if (order)
		return order;
	return name[length] == '\0' ? 0 : 1;
}

/* Where a child of that name is, or where it would have to be put. */
static size_t child_position(const struct node *parent, const char *name,
			     size_t length, bool *ret_found)
{
	size_t low = 0, high = parent->child_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_name(parent->children[middle]->name, name,
					 length);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = false;
	return low;
}

static struct node *find_child(const struct node *parent, const char *name,
			       size_t length)
{
	bool found;
	size_t position = child_position(parent, name, length, &found);

	return found ? parent->children[position] : NULL;
}

struct node *tree_find(const struct tree *tree, const char *path)
{
	struct node *node = tree->root;

	while (node && *(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/");

		node = find_child(node, path, length);
		path += length;
	}
	return node;
}

/* The text that is left to walk once a link has been read. */
static char *splice_target(const char *target, const char *rest)
{
	char *text;

	return asprintf(&text, "%s/%s", target, rest) < 0 ? NULL : text;
}

struct node *tree_resolve(const struct tree *tree, const char *path)
{
	CLEANUP_FREE char *text = strdup(path);
	struct node *node = tree->root;
	const char *rest = text;
	unsigned int links = 0;

	while (node && rest && *(rest += strspn(rest, "/"))) {
		size_t length = strcspn(rest, "/");
		struct node *child;

		if (compare_name(".", rest, length) == 0) {
			rest += length;
			continue;
		}
		if (compare_name("..", rest, length) == 0) {
			node = node->parent ? node->parent : node;
			rest += length;
			continue;
		}
		child = find_child(node, rest, length);
		rest += length;
		if (child && S_ISLNK(child->mode)) {
			char *spliced;

			if (++links > LINKS_MAX)
				return NULL;
			spliced = splice_target(child->target, rest);
			if (child->target[0] == '/')
				node = tree->root;
			free(text);
			rest = text = spliced;
			continue;
		}
		node = child;
	}
	return rest ? node : NULL;
}

static int insert_child(struct node *parent, size_t position,
			struct node *child)
{
	if (array_grow(&parent->children, parent->child_count,
		       sizeof(struct node *)) < 0)
		return -ENOMEM;
	memmove(parent->children + position + 1, parent->children + position,
		(parent->child_count - position) * sizeof(struct node *));
	parent->children[position] = child;
	parent->child_count++;
	child->parent = parent;
	return 0;
}

int tree_add(struct tree *tree, const char *path, mode_t mode,
	     struct node **ret_node, struct diag *diag)
{
	struct node *parent = tree->root, *node;
	const char *name = path + strspn(path, "/");
	size_t length, position;
	bool found;

	if (*name == '\0') {
		*ret_node = tree->root;
		return -EEXIST;
	}
	for (;;) {
		const char *next;

		length = strcspn(name, "/");
		next = name + length + strspn(name + length, "/");
		if (*next == '\0')
			break;
		parent = find_child(parent, name, length);
		if (!parent)
			return diag_errno(diag, -ENOENT, "cannot add %s", path);
		name = next;
	}
	if (!S_ISDIR(parent->mode))
		return diag_errno(diag, -ENOTDIR, "cannot add %s", path);
	position = child_position(parent, name, length, &found);
	if (found) {
		*ret_node = parent->children[position];
		return -EEXIST;
	}
	node = node_new(name, length, mode);
	if (!node)
		return diag_oom(diag);
	if (insert_child(parent, position, node) < 0) {
		node_free(node);
		return diag_oom(diag);
	}
	tree->node_count++;
	*ret_node = node;
	return 0;
}

void node_empty(struct node *node)
{
	free(node->target);
	free(node->data);
	free(node->source_path);
	node->target = NULL;
	node->data = NULL;
	node->source_path = NULL;
	node->source = NULL;
	node->content = CONTENT_NONE;
	node->size = 0;
	node->major = node->minor = 0;
	node->package = TREE_NO_PACKAGE;
}

int node_reason(struct node *node, struct node *because, struct diag *diag,
		const char *format, ...)
{
	va_list arguments;
	char *reason;
	int length;

	va_start(arguments, format);
	length = vasprintf(&reason, format, arguments);
	va_end(arguments);
	if (length < 0)
		return diag_oom(diag);
	/* Paths may hold anything; a reason is one line. */
	for (char *at = reason; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
	free(node->reason);
	node->reason = reason;
	node->because = because;
	return 0;
}

char *node_path(const struct node *node)
{
	const struct node *up;
	size_t length = 0;
	char *path, *end;

	if (!node->parent)
		return strdup("/");
	for (up = node; up->parent; up = up->parent)
		length += 1 + strlen(up->name);
	path = malloc(length + 1);
	if (!path)
		return NULL;
	end = path + length;
	*end = '\0';
	for (up = node; up->parent; up = up->parent) {
		size_t name_length = strlen(up->name);

		end -= name_length;
		memcpy(end, up->name, name_length);
		*--end = '/';
	}
	return path;
}

static void package_done(struct tree_package *package)
{
	free(package->name);
	free(package->version);
	free(package->architecture);
	free(package->suite);
}

static bool same_package(const struct tree_package *a,
			 const struct tree_package *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       strcmp(a->version, b->version) == 0 &&
	       strcmp(a->architecture, b->architecture) == 0 &&
	       (a->suite && b->suite ? strcmp(a->suite, b->suite) == 0
				     : a->suite == b->suite);
}

int tree_package(struct tree *tree, const struct tree_package *package,
		 size_t *ret_index, struct diag *diag)
{
	struct tree_package copy;

	for (size_t i = 0; i < tree->package_count; i++) {
		if (same_package(&tree->packages[i], package)) {
			*ret_index = i;
			return 0;
		}
	}
	copy.name = strdup(package->name);
	copy.version = strdup(package->version);
	copy.architecture = strdup(package->architecture);
	copy.suite = package->suite ? strdup(package->suite) : NULL;
	if (!copy.name || !copy.version || !copy.architecture ||
	    (package->suite && !copy.suite) ||
	    array_grow(&tree->packages, tree->package_count, sizeof(copy)) <
		    0) {
		package_done(&copy);
		return diag_oom(diag);
	}
	*ret_index = tree->package_count;
	tree->packages[tree->package_count++] = copy;
	return 0;
}

static int walk(struct node *node,
		int (*visit)(struct node *node, void *context), void *context)
{
	int r = visit(node, context);

	for (size_t i = 0; r == 0 && i < node->child_count; i++)
		r = walk(node->children[i], visit, context);
	return r;
}

int tree_walk(const struct tree *tree,
	      int (*visit)(struct node *node, void *context), void *context)
{
	return walk(tree->root, visit, context);
}
