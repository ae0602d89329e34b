#include "pack/gather_generated.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/gather_items.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Takes the text. What the recipe has put there stays. */
static int generated_file(struct placer *placer, const char *path, mode_t mode,
			  struct buf *text, const char *reason,
			  struct diag *diag)
{
	struct node *node;
	bool new;
	int r;

	if (!reason || buf_check(text) < 0)
		return diag_oom(diag);
	r = place_node(placer, path, S_IFREG | mode, reason, &node, &new, diag);
	if (r < 0 || !new)
		return r;
	node->content = CONTENT_INLINE;
	node->size = text->length;
	node->data = buf_steal(text);
	return node->data ? 0 : diag_oom(diag);
}

/* The first word of the recipe about users and groups. */
static char *accounts_reason(const struct recipe *recipe)
{
	if (recipe->user_count)
		return recipe_reason(recipe, &recipe->users[0].at, "user %s",
				     recipe->users[0].name);
	return recipe_reason(recipe, &recipe->groups[0].at, "group %s",
			     recipe->groups[0].name);
}

static int account_files(struct placer *placer, const struct recipe *recipe,
			 struct diag *diag)
{
	static const struct {
		const char *path;
		mode_t mode;
		void (*write)(const struct accounts *accounts,
			      struct buf *text);
	} files[] = {
		{ "/etc/passwd", 0644, accounts_passwd },
		{ "/etc/group", 0644, accounts_group },
		{ "/etc/shadow", 0640, accounts_shadow },
	};
	CLEANUP_FREE char *reason = NULL;
	int r = 0;

	if (recipe->user_count == 0 && recipe->group_count == 0)
		return 0;
	reason = accounts_reason(recipe);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT;

		buf_puts(&text, "");
		files[i].write(placer->accounts, &text);
		r = generated_file(placer, files[i].path, files[i].mode, &text,
				   reason, diag);
	}
	return r;
}

static int hostname_files(struct placer *placer, const struct recipe *recipe,
			  struct diag *diag)
{
	const char *hostname = recipe->config.hostname;
	CLEANUP_BUF struct buf name = BUF_INIT;
	CLEANUP_BUF struct buf hosts = BUF_INIT;
	CLEANUP_FREE char *reason = NULL;
	int r;

	if (!hostname)
		return 0;
	reason = format_text("the recipe's hostname %s", hostname);
	buf_printf(&name, "%s\n", hostname);
	r = generated_file(placer, "/etc/hostname", 0644, &name, reason, diag);
	if (r < 0)
		return r;
	accounts_hosts(hostname, &hosts);
	return generated_file(placer, "/etc/hosts", 0644, &hosts, reason, diag);
}

/* Where the names of peers are looked up: jailmount says there what they are,
 * and needs a file to do so. */
static int hosts_of_peers(struct placer *placer, const struct recipe *recipe,
			  struct diag *diag)
{
	const struct config *config = &recipe->config;

	for (size_t i = 0; i < config->connect_count; i++) {
		CLEANUP_BUF struct buf hosts = BUF_INIT;
		CLEANUP_FREE char *reason = NULL;

		if (!endpoint_has_name(&config->connects[i]))
			continue;
		reason = format_text("names the peer %s",
				     config->connects[i].host);
		accounts_hosts(NULL, &hosts);
		return generated_file(placer, "/etc/hosts", 0644, &hosts,
				      reason, diag);
	}
	return 0;
}

int gather_accounts_files(struct placer *placer, const struct recipe *recipe,
			  struct diag *diag)
{
	int r = account_files(placer, recipe, diag);

	if (r == 0)
		r = hostname_files(placer, recipe, diag);
	return r < 0 ? r : hosts_of_peers(placer, recipe, diag);
}

int gather_mount_point(struct placer *placer, const char *path, mode_t mode,
		       const char *reason, struct node **ret_node,
		       struct diag *diag)
{
	struct node *node;
	bool new;
	int r;

	if (!reason)
		return diag_oom(diag);
	r = place_follow(placer, path, NULL, reason, &node, diag);
	if (r == -ENOENT) {
		r = place_node(placer, path, S_IFDIR | mode, reason, &node,
			       &new, diag);
		if (r == 0 && S_ISLNK(node->mode))
			return diag_set(diag, -EINVAL,
					"%s is a symbolic link to %s, which is "
					"not there",
					path, node->target);
	}
	if (r < 0)
		return r;
	if (!S_ISDIR(node->mode))
		return diag_errno(diag, -ENOTDIR, "%s", path);
	*ret_node = node;
	return 0;
}

static const char *layer_word(const struct recipe_layer *layer)
{
	return layer->kind == CONFIG_LAYER_OVERLAY ? "overlay" : "writable";
}

static int layer_point(struct placer *placer, const struct recipe *recipe,
		       const struct recipe_layer *layer, struct node **ret_node,
		       struct diag *diag)
{
	CLEANUP_FREE char *reason = recipe_reason(
		recipe, &layer->at, "%s %s", layer_word(layer), layer->path);
	int r = gather_mount_point(placer, layer->path, 0755, reason, ret_node,
				   diag);

	return r < 0 ? location_wrap(diag, r, &layer->at) : r;
}

int gather_mount_points(struct placer *placer, const struct recipe *recipe,
			const struct config *config, struct diag *diag)
{
	struct node *node;
	int r = gather_mount_point(placer, "/dev", 0755,
				   "where the devices are", &node, diag);

	if (r == 0 && config->proc)
		r = gather_mount_point(placer, "/proc", 0555,
				       "where proc is mounted", &node, diag);
	for (size_t i = 0; r == 0 && i < recipe->layer_count; i++)
		r = layer_point(placer, recipe, &recipe->layers[i], &node,
				diag);
	if (r == 0)
		r = gather_mount_point(placer, config->workdir, 0755,
				       "the working directory", &node, diag);
	return r;
}

static int add_layer(struct placer *placer, const struct recipe *recipe,
		     const struct recipe_layer *from, struct config *config,
		     struct diag *diag)
{
	struct config_layer layer = { .kind = from->kind,
				      .bytes = from->bytes,
				      .inodes = from->inodes,
				      .mode = from->has_mode ? from->mode
							     : 0755 };
	struct node *node;
	int r = layer_point(placer, recipe, from, &node, diag);

	if (r == 0)
		r = owner_uid(placer->accounts, from->user, &from->at,
			      &layer.uid, diag);
	if (r == 0)
		r = owner_gid(placer->accounts, from->group, &from->at,
			      &layer.gid, diag);
	if (r < 0)
		return r;
	/* The contract names the place itself, not a link to it. */
	layer.path = node_path(node);
	if (!layer.path || array_grow(&config->layers, config->layer_count,
				      sizeof(layer)) < 0) {
		free(layer.path);
		return diag_oom(diag);
	}
	config->layers[config->layer_count++] = layer;
	return 0;
}

static int add_device(struct placer *placer, const char *path,
		      struct config *config, struct diag *diag)
{
	const struct node *node = tree_find(placer->view.tree, path);
	struct config_device device = { 0 };

	/* A later word of the recipe may have made it something else. */
	if (!node || (!S_ISCHR(node->mode) && !S_ISBLK(node->mode)))
		return 0;
	device = (struct config_device){ .path = strdup(path),
					 .mode = node->mode,
					 .major = node->major,
					 .minor = node->minor,
					 .uid = node->uid,
					 .gid = node->gid };
	if (!device.path || array_grow(&config->devices, config->device_count,
				       sizeof(device)) < 0) {
		free(device.path);
		return diag_oom(diag);
	}
	config->devices[config->device_count++] = device;
	return 0;
}

int gather_contract(struct placer *placer, const struct recipe *recipe,
		    struct config *config, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < recipe->layer_count; i++)
		r = add_layer(placer, recipe, &recipe->layers[i], config, diag);
	for (size_t i = 0; r == 0 && i < recipe->item_count; i++) {
		if (recipe->items[i].kind == ITEM_DEVICE)
			r = add_device(placer, recipe->items[i].path, config,
				       diag);
	}
	return r;
}
