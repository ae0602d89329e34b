#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "mount/apply.h"
#include "mount/hosts.h"
#include "mount/layers.h"
#include "mount/mounts.h"
#include "mount/namespaces.h"
#include "mount/network_namespace.h"

/*
 * The JAIL steps. They work on a file system tree of the host's until the
 * pivot, always by descriptors or beneath the image's root.
 */

static int do_cgroup_namespace(struct jail_state *state,
			       const struct step *step UNUSED,
			       struct diag *diag)
{
	int error = cgroup_enter(state->entrance);

	if (error < 0)
		return diag_errno(diag, error,
				  "cannot enter the control groups");
	return namespaces_cgroup(diag);
}

static int do_network(struct jail_state *state, const struct step *step UNUSED,
		      struct diag *diag)
{
	int error = network_namespace_enter(state->host->plan->options.network);

	if (error < 0)
		return diag_errno(diag, error,
				  "cannot enter the jail's network");
	return 0;
}

static int do_private(struct jail_state *state UNUSED,
		      const struct step *step UNUSED, struct diag *diag)
{
	return namespaces_private(diag);
}

static int do_root(struct jail_state *state, const struct step *step UNUSED,
		   struct diag *diag)
{
	int mount = state->host->image_mount;

	if (move_mount(mount, "", AT_FDCWD, state->place,
		       MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return diag_errno(diag, -errno, "cannot mount the image at %s",
				  state->place);
	return 0;
}

static int do_dev(struct jail_state *state, const struct step *step UNUSED,
		  struct diag *diag)
{
	const struct plan *plan = state->host->plan;
	uint32_t base =
		plan->options.assemble_only ? 0 : plan->options.range_base;
	CLEANUP_CLOSE int mount = -1;
	int error = devices_create(plan->config, base, &mount,
				   &state->device_ends, diag);

	if (error < 0)
		return error;
	return mount_attach_beneath(mount, state->host->image_mount, "/dev",
				    diag);
}

static int do_layer(struct jail_state *state, const struct step *step,
		    struct diag *diag)
{
	const struct host_state *host = state->host;

	return layer_attach(step->layer, host->layer_mounts[step->layer_index],
			    host->layer_files[step->layer_index],
			    host->image_mount, diag);
}

static int do_attach_places(struct jail_state *state,
			    const struct step *step UNUSED, struct diag *diag)
{
	const struct host_state *host = state->host;

	return place_mounts_attach(host->plan->options.places,
				   host->place_mounts, host->image_mount, diag);
}

static int do_hosts(struct jail_state *state, const struct step *step UNUSED,
		    struct diag *diag)
{
	const struct plan *plan = state->host->plan;

	return hosts_attach(plan->config, plan->options.peers,
			    state->host->image_mount, plan->options.range_base,
			    state->notes, diag);
}

static int do_proc(struct jail_state *state, const struct step *step UNUSED,
		   struct diag *diag)
{
	const struct mount_option options[] = {
		{ "subset", "pid" },
		{ "hidepid", "invisible" },
		{ NULL, NULL },
	};
	CLEANUP_CLOSE int mount = -1;
	int error = mount_create("proc", options,
				 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					 MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
				 &mount, diag);

	if (error < 0)
		return error;
	return mount_attach_beneath(mount, state->host->image_mount, "/proc",
				    diag);
}

static int do_hostname(struct jail_state *state, const struct step *step UNUSED,
		       struct diag *diag)
{
	const char *name = state->host->plan->config->hostname;

	if (sethostname(name, strlen(name)) < 0)
		return diag_errno(diag, -errno, "cannot set hostname %s", name);
	return 0;
}

static int do_pivot(struct jail_state *state, const struct step *step UNUSED,
		    struct diag *diag)
{
	return namespaces_pivot(state->host->image_mount, diag);
}

static int (*const jail_steps[])(struct jail_state *state,
				 const struct step *step, struct diag *diag) = {
	[STEP_CGROUP_NAMESPACE] = do_cgroup_namespace,
	[STEP_NETWORK] = do_network,
	[STEP_PRIVATE] = do_private,
	[STEP_ROOT] = do_root,
	[STEP_DEV] = do_dev,
	[STEP_WRITABLE] = do_layer,
	[STEP_OVERLAY] = do_layer,
	[STEP_ATTACH_PLACES] = do_attach_places,
	[STEP_HOSTS] = do_hosts,
	[STEP_PROC] = do_proc,
	[STEP_HOSTNAME] = do_hostname,
	[STEP_PIVOT] = do_pivot,
};

/* Everything of a jail is mounted beneath its root. */
static void undo_root(const struct jail_state *state)
{
	(void)umount2(state->place, MNT_DETACH);
}

int apply_jail(struct jail_state *state, struct diag *diag)
{
	const struct plan *plan = state->host->plan;
	bool rooted = false;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct step *step = &plan->steps[i];
		int error;

		if (step_phase(step->kind) != PHASE_JAIL)
			continue;
		error = jail_steps[step->kind](state, step, diag);
		if (error < 0) {
			if (rooted && plan->options.assemble_only)
				undo_root(state);
			return error;
		}
		rooted = rooted || step->kind == STEP_ROOT;
	}
	return 0;
}
