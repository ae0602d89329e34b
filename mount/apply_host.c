#include "mount/apply.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mount/idmap.h"
#include "mount/layers.h"
#include "mount/shift.h"
#include "mount/storage.h"

/*
 * HOST steps: each with its undo beside it.
 */

static int do_user_namespace(struct host_state *state,
			     const struct step *step UNUSED, struct diag *diag)
{
	const struct plan_options *options = &state->plan->options;

	return user_namespace_create(options->range_base, options->range_length,
				     &state->user_namespace, diag);
}

static void undo_user_namespace(struct host_state *state,
				const struct step *step UNUSED)
{
	user_namespace_done(&state->user_namespace);
}

static struct cgroup_place cgroup_place(const struct plan *plan)
{
	return (struct cgroup_place){ .root = CGROUP_ROOT,
				      .jail = plan->options.jail,
				      .delegated = plan->options.delegated };
}

static int do_cgroup(struct host_state *state, const struct step *step UNUSED,
		     struct diag *diag)
{
	const struct cgroup_place place = cgroup_place(state->plan);

	return cgroup_create(&place, state->number,
			     &state->plan->config->limits, &state->cgroup,
			     diag);
}

static void undo_cgroup(struct host_state *state,
			const struct step *step UNUSED)
{
	/* Whoever starts this jail next clears what could not be removed. */
	if (cgroup_remove(&state->cgroup) < 0)
		cgroup_kill(&state->cgroup);
	cgroup_done(&state->cgroup);
}

/* What is attached is the superblock's, which outlives us. */
static int do_loop(struct host_state *state, const struct step *step UNUSED,
		   struct diag *diag)
{
	return superblock_attach(state->superblock, diag);
}

static int do_verity(struct host_state *state, const struct step *step UNUSED,
		     struct diag *diag)
{
	return superblock_attach_verity(state->superblock, diag);
}

static int do_squashfs(struct host_state *state, const struct step *step UNUSED,
		       struct diag *diag)
{
	const struct plan *plan = state->plan;
	bool cold;
	int error = superblock_mount(state->superblock, &state->image_mount,
				     &cold, diag);

	if (error == 0 && cold && !plan->options.assemble_only)
		state->read_ahead = read_ahead_begin(
			state->image_mount, plan->config->arguments[0]);
	return error;
}

static void undo_squashfs(struct host_state *state,
			  const struct step *step UNUSED)
{
	read_ahead_end(steal_ptr(&state->read_ahead));
	close_fd(&state->image_mount);
}

static int do_idmap(struct host_state *state, const struct step *step UNUSED,
		    struct diag *diag)
{
	const struct plan_options *options = &state->plan->options;
	int error =
		idmap_mount(state->image_mount, state->user_namespace.fd, diag);

	if (error != -EINVAL)
		return error;
	/* The kernel's squashfs cannot: before Linux 6.2. */
	diag_done(diag);
	return shift_owners(&state->image_mount, options->range_base,
			    options->range_length, diag);
}

static void undo_places(struct host_state *state,
			const struct step *step UNUSED)
{
	const struct places *places = state->plan->options.places;

	for (size_t i = 0; state->place_mounts && i < places->count; i++)
		close_fd(&state->place_mounts[i]);
	free(steal_ptr(&state->place_mounts));
}

static int do_places(struct host_state *state, const struct step *step,
		     struct diag *diag)
{
	const struct places *places = state->plan->options.places;
	int r;

	state->place_mounts = malloc((places->count + 1) * sizeof(int));
	if (!state->place_mounts)
		return diag_oom(diag);
	for (size_t i = 0; i < places->count; i++)
		state->place_mounts[i] = -1;
	r = place_mounts_create(places, state->user_namespace.fd,
				state->plan->options.range_base,
				state->place_mounts, diag);
	if (r < 0)
		undo_places(state, step);
	return r;
}

/* They are the group's, and end with it. */
static int do_io_limits(struct host_state *state,
			const struct step *step UNUSED, struct diag *diag)
{
	const struct config_io_limits *limits = &state->plan->config->limits.io;
	const struct cgroup_place place = cgroup_place(state->plan);
	CLEANUP_STORAGE struct storage storage = STORAGE_INIT;
	int r = storage_find(state->superblock->image_fd,
			     superblock_device(state->superblock),
			     state->plan->options.places, &storage, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; i < storage.count; i++) {
		dev_t device = storage.devices[i];

		r = cgroup_limit_io(&place, &state->cgroup, limits, device);
		if (r < 0)
			return diag_errno(diag, r,
					  "cannot set the io limit of device "
					  "%u:%u",
					  major(device), minor(device));
	}
	if (storage.count == 0)
		state->note = "limit io: nothing of this jail lies on a block "
			      "device";
	else if (state->cgroup.version1[CGROUP_IO] &&
		 (limits->write_bytes || limits->write_operations))
		state->note = "limit io: control groups of version 1 do not "
			      "bound what the kernel writes back later";
	return 0;
}

static uint32_t range_base(const struct plan *plan)
{
	return plan->options.assemble_only ? 0 : plan->options.range_base;
}

static int do_layer(struct host_state *state, const struct step *step,
		    struct diag *diag)
{
	return layer_create(step->layer, state->image_mount,
			    range_base(state->plan),
			    &state->layer_mounts[step->layer_index],
			    &state->layer_files[step->layer_index], diag);
}

static void undo_layer(struct host_state *state, const struct step *step)
{
	close_fd(&state->layer_mounts[step->layer_index]);
	close_fd(&state->layer_files[step->layer_index]);
}

struct host_step {
	int (*perform)(struct host_state *state, const struct step *step,
		       struct diag *diag);
	void (*undo)(struct host_state *state, const struct step *step);
};

static const struct host_step host_steps[] = {
	[STEP_USER_NAMESPACE] = { do_user_namespace, undo_user_namespace },
	[STEP_CGROUP] = { do_cgroup, undo_cgroup },
	[STEP_LOOP] = { do_loop, NULL },
	[STEP_VERITY] = { do_verity, NULL },
	[STEP_SQUASHFS] = { do_squashfs, undo_squashfs },
	/* Gone with the mount. */
	[STEP_IDMAP] = { do_idmap, NULL },
	[STEP_LAYER] = { do_layer, undo_layer },
	[STEP_PLACES] = { do_places, undo_places },
	[STEP_IO_LIMITS] = { do_io_limits, NULL },
};

static struct host_state *state_new(const struct plan *plan,
				    struct superblock *superblock,
				    unsigned int number)
{
	size_t count = plan->config->layer_count;
	struct host_state *state = malloc(sizeof(*state));

	if (!state)
		return NULL;
	*state = (struct host_state){
		.plan = plan,
		.superblock = superblock,
		.number = number,
		.user_namespace = USER_NAMESPACE_INIT,
		.cgroup = CGROUP_INIT,
		.image_mount = -1,
		.layer_mounts = calloc(count + 1, sizeof(int)),
		.layer_files = calloc(count + 1, sizeof(int)),
	};
	if (!state->layer_mounts || !state->layer_files) {
		undo_host(state);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		state->layer_mounts[i] = state->layer_files[i] = -1;
	return state;
}

int apply_host(const struct plan *plan, struct superblock *superblock,
	       unsigned int number, struct host_state **ret_state,
	       struct diag *diag)
{
	struct host_state *state = state_new(plan, superblock, number);

	if (!state)
		return diag_oom(diag);
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct step *step = &plan->steps[i];
		int error;

		if (step_phase(step->kind) != PHASE_HOST)
			break;
		error = host_steps[step->kind].perform(state, step, diag);
		if (error < 0) {
			undo_host(state);
			return error;
		}
		state->done = i + 1;
	}
	*ret_state = state;
	return 0;
}

void undo_host(struct host_state *state)
{
	if (!state)
		return;
	while (state->done > 0) {
		const struct step *step = &state->plan->steps[--state->done];

		if (host_steps[step->kind].undo)
			host_steps[step->kind].undo(state, step);
	}
	free(state->layer_mounts);
	free(state->layer_files);
	free(state);
}
