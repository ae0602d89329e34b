#include "pack/tree_bill.h"

#include <string.h>
#include <sys/stat.h>

_Static_assert(BILL_NO_PACKAGE == TREE_NO_PACKAGE, "the same mark");

struct walk {
	bool packed;
	int (*take)(const struct bill_file *file, void *context);
	void *context;
	struct diag *diag;
};

static int take_node(struct node *node, void *context)
{
	const struct walk *walk = context;
	CLEANUP_FREE char *path = node_path(node);
	CLEANUP_FREE char *because = NULL;
	struct bill_file file = {
		.path = path,
		.mode = node->mode,
		.uid = node->uid,
		.gid = node->gid,
		.size = S_ISREG(node->mode) ? node->size : 0,
		.major = node->major,
		.minor = node->minor,
		.target = node->target,
		.package = node->package,
		.reason = node->reason,
	};

	if (node->because)
		file.because = because = node_path(node->because);
	if (!path || (node->because && !because))
		return diag_oom(walk->diag);
	if (walk->packed && S_ISREG(node->mode)) {
		memcpy(file.digest, node->sha256, sizeof(file.digest));
		file.has_digest = true;
	}
	return walk->take(&file, walk->context);
}

int tree_bill_walk(const struct tree *tree, bool packed,
		   int (*take)(const struct bill_file *file, void *context),
		   void *context, struct diag *diag)
{
	struct walk walk = { packed, take, context, diag };

	return tree_walk(tree, take_node, &walk);
}

struct writing {
	struct bill_writer *writer;
	struct diag *diag;
};

static int write_file(const struct bill_file *file, void *context)
{
	const struct writing *writing = context;

	return bill_write_file(writing->writer, file, writing->diag);
}

int tree_bill_write(const struct tree *tree, bool packed,
		    struct bill_writer *writer, struct diag *diag)
{
	struct writing writing = { writer, diag };
	CLEANUP_FREE struct bill_package *packages =
		calloc(tree->package_count + 1, sizeof(*packages));
	int r;

	if (!packages)
		return diag_oom(diag);
	for (size_t i = 0; i < tree->package_count; i++)
		packages[i] = (struct bill_package){
			.name = tree->packages[i].name,
			.version = tree->packages[i].version,
			.architecture = tree->packages[i].architecture,
			.suite = tree->packages[i].suite,
		};
	r = bill_write_begin(writer, packages, tree->package_count, diag);
	if (r == 0)
		r = tree_bill_walk(tree, packed, write_file, &writing, diag);
	if (r == 0)
		r = bill_write_end(writer, diag);
	return r;
}
