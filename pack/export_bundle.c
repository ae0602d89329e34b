/* --export bundle: what `crun run` and `runc run` take. The contract is an OCI
 * runtime configuration already; what is missing is where the files are, and
 * what jailmount does without being told. */
#include "pack/export.h"
#include "pack/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int extract(const struct export_subject *export,
		   const struct export_directory *directory, struct buf *text,
		   struct diag *diag)
{
	static char *const everything[] = { NULL };
	CLEANUP_FREE char *path = NULL;
	CLEANUP_BUF struct buf told = BUF_INIT;
	struct extract_options options = {
		.paths = everything,
		.privileges = geteuid() == 0,
	};
	int r;

	if (asprintf(&path, "%s/rootfs", directory->temporary) < 0)
		return diag_oom(diag);
	options.directory = path;
	r = extract_image(export->subject, &options, &told, diag);
	if (r == 0 && !options.privileges)
		buf_puts(text, "files have no owners but you: export as root "
			       "where others matter\n");
	return r;
}

/* A runtime makes what it mounts on, but not all of them in a tree that is to
 * stay as it is. */
static int make_mount_points(const struct export_directory *directory,
			     const json_t *mounts, struct diag *diag)
{
	CLEANUP_CLOSE int root = openat(directory->fd, "rootfs",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;
	json_t *mount;

	if (root < 0)
		return diag_errno(diag, -errno, "cannot open rootfs");
	json_array_foreach(mounts, i, mount)
	{
		const char *path = json_string_value(
			json_object_get(mount, "destination"));

		/* Layers are over directories of the image. */
		if (path && strrchr(path, '/') == path &&
		    mkdirat(root, path + 1, 0755) < 0 && errno != EEXIST)
			return diag_errno(diag, -errno, "cannot make %s", path);
	}
	return 0;
}

static bool mounts_proc(const json_t *mounts)
{
	size_t i;
	json_t *mount;

	json_array_foreach(mounts, i, mount)
	{
		const char *path = json_string_value(
			json_object_get(mount, "destination"));

		if (path && strcmp(path, "/proc") == 0)
			return true;
	}
	return false;
}

/* Runtimes look into it themselves. */
static int add_proc(json_t *mounts)
{
	return json_array_insert_new(
		mounts, 0,
		json_pack("{s:s,s:s,s:s,s:[s,s,s]}", "destination", "/proc",
			  "type", "proc", "source", "proc", "options", "nosuid",
			  "noexec", "nodev"));
}

/* A port below 1024 that jailmount's supervisor binds, a container has to bind
 * by itself. */
static int allow_low_ports(json_t *process)
{
	static const char *const sets[] = { "bounding", "effective",
					    "permitted" };
	json_t *capabilities = json_object_get(process, "capabilities");

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		json_t *set = json_object_get(capabilities, sets[i]);
		json_t *one;
		bool there = false;
		size_t j;

		json_array_foreach(set, j, one) there |=
			strcmp(json_string_value(one),
			       "CAP_NET_BIND_SERVICE") == 0;
		if (!there &&
		    json_array_append_new(
			    set, json_string("CAP_NET_BIND_SERVICE")) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void tell_differences(const struct config *config, struct buf *text)
{
	if (config->service_count > 1)
		buf_puts(text, "of its services only the first is started\n");
	if (config->persist_count || config->share_count)
		buf_puts(text, "what it keeps and shares has to be mounted by "
			       "whoever runs it\n");
	if (config->network == CONFIG_NETWORK_SEALED && config->listen_count)
		buf_puts(text, "its network namespace is empty: give it an "
			       "interface\n");
}

int export_bundle(const struct export_subject *export,
		  struct export_directory *directory, struct buf *text,
		  struct diag *diag)
{
	const struct subject *subject = export->subject;
	CLEANUP_BUF struct buf contract = BUF_INIT;
	json_t *root, *mounts;
	int r = image_read_contract(subject->fd, &subject->layout, &contract,
				    diag);

	if (r == 0)
		r = extract(export, directory, text, diag);
	if (r < 0)
		return r;
	root = json_loadb(contract.data, contract.length, 0, NULL);
	mounts = json_object_get(root, "mounts");
	if (!mounts) {
		mounts = json_array();
		if (json_object_set_new(root, "mounts", mounts) < 0)
			mounts = NULL;
	}
	if (!root || !mounts ||
	    (!mounts_proc(mounts) && add_proc(mounts) < 0) ||
	    (export_has_low_port(&export->config) &&
	     allow_low_ports(json_object_get(root, "process")) < 0) ||
	    json_object_set_new(root, "root",
				json_pack("{s:s,s:b}", "path", "rootfs",
					  "readonly", 1)) < 0)
		r = diag_oom(diag);
	if (r == 0)
		r = make_mount_points(directory, mounts, diag);
	if (r < 0) {
		json_decref(root);
		return r;
	}
	tell_differences(&export->config, text);
	return export_json(directory, "config.json", root, diag);
}
