#include "pack/place_fill.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int placer_remember(struct placer *placer, struct node *node, struct diag *diag)
{
	if (array_grow(&placer->files, placer->file_count,
		       sizeof(struct node *)) < 0)
		return diag_oom(diag);
	placer->files[placer->file_count++] = node;
	return 0;
}

/* Files belong to root unless the jail knows their owner. */
static void fill_owner(const struct placer *placer, struct node *node,
		       const struct source_entry *entry)
{
	node->uid = node->gid = 0;
	if (entry->user)
		(void)!accounts_uid(placer->accounts, entry->user, &node->uid);
	if (entry->group)
		(void)!accounts_gid(placer->accounts, entry->group, &node->gid);
}

static int fill_package(struct placer *placer, struct node *node,
			const struct place_origin *origin, struct diag *diag)
{
	const struct source_package *package = origin->entry->package;
	struct tree_package wanted;

	/* A directory belongs to every package that puts something in it. */
	if (!package || S_ISDIR(origin->entry->mode))
		return 0;
	/* They are copied. */
	wanted = (struct tree_package){
		.name = (char *)(uintptr_t)package->name,
		.version = (char *)(uintptr_t)package->version,
		.architecture = (char *)(uintptr_t)package->architecture,
		.suite = (char *)(uintptr_t)source_suite(origin->source),
	};
	return tree_package(placer->view.tree, &wanted, &node->package, diag);
}

static int fill_content(struct placer *placer, struct node *node,
			const struct place_origin *origin, struct diag *diag)
{
	const struct source_entry *entry = origin->entry;

	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return 0;
	case S_IFLNK:
		node->target = strdup(entry->target);
		return node->target ? 0 : diag_oom(diag);
	case S_IFREG:
		node->content = CONTENT_FILE;
		node->size = entry->size;
		node->source_path = strdup(origin->path);
		if (!node->source_path)
			return diag_oom(diag);
		return placer_remember(placer, node, diag);
	default:
		return diag_set(diag, -EINVAL,
				"%s is neither a file nor a directory nor a "
				"symbolic link",
				origin->path);
	}
}

int place_fill(struct placer *placer, struct node *node,
	       const struct place_origin *origin, struct diag *diag)
{
	const struct source_entry *entry = origin->entry;
	int r;

	node_empty(node);
	node->source = origin->source;
	node->mode = entry->mode & (mode_t) ~(S_ISUID | S_ISGID);
	fill_owner(placer, node, entry);
	r = fill_content(placer, node, origin, diag);
	if (r == 0)
		r = fill_package(placer, node, origin, diag);
	return r;
}
