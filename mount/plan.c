#include "mount/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mount/cgroup.h"
#include "mount/refusal.h"

static void add(struct plan *plan, enum step_kind kind)
{
	plan->steps[plan->step_count++] = (struct step){ .kind = kind };
}

static int compare_layers(const void *a, const void *b)
{
	const struct step *left = a, *right = b;

	return strcmp(left->layer->path, right->layer->path);
}

/*
 * A layer may lie within another: the outer one has to be mounted first, and
 * the order of their paths is such an order.
 */
static void add_layers(struct plan *plan, bool attach)
{
	const struct config *config = plan->config;
	struct step *first = plan->steps + plan->step_count;

	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];
		enum step_kind kind = STEP_LAYER;

		if (attach)
			kind = layer->kind == CONFIG_LAYER_OVERLAY
				       ? STEP_OVERLAY
				       : STEP_WRITABLE;
		plan->steps[plan->step_count++] = (struct step){
			.kind = kind,
			.layer = layer,
			.layer_index = i,
		};
	}
	qsort(first, config->layer_count, sizeof(*first), compare_layers);
}

static void add_steps(struct plan *plan)
{
	const struct config *config = plan->config;
	bool jail = !plan->options.assemble_only;

	if (jail) {
		add(plan, STEP_USER_NAMESPACE);
		add(plan, STEP_CGROUP);
	}
	add(plan, STEP_LOOP);
	if (plan->options.verity)
		add(plan, STEP_VERITY);
	add(plan, STEP_SQUASHFS);
	if (jail)
		add(plan, STEP_IDMAP);
	add_layers(plan, false);
	if (jail && cgroup_io_is_limited(&config->limits.io))
		add(plan, STEP_IO_LIMITS);
	if (config->persist_count + config->share_count)
		add(plan, STEP_PLACES);
	if (jail && config->network == CONFIG_NETWORK_OWN)
		add(plan, STEP_NETWORK);
	if (jail) {
		add(plan, STEP_CGROUP_NAMESPACE);
		add(plan, STEP_PRIVATE);
	}
	add(plan, STEP_ROOT);
	if (config->device_count > 0 || config->log_stdout ||
	    config->log_stderr || config->log_syslog ||
	    config->ready == CONFIG_READY_NOTIFY)
		add(plan, STEP_DEV);
	add_layers(plan, true);
	if (config->persist_count + config->share_count)
		add(plan, STEP_ATTACH_PLACES);
	if (!jail)
		return;
	if (config_names_peers(config))
		add(plan, STEP_HOSTS);
	if (config->proc)
		add(plan, STEP_PROC);
	if (config->hostname)
		add(plan, STEP_HOSTNAME);
	add(plan, STEP_PIVOT);
	add(plan, STEP_RLIMITS);
	add(plan, STEP_ENTER_USER_NAMESPACE);
	add(plan, STEP_KEYRING);
	add(plan, STEP_NO_NEW_PRIVS);
	add(plan, STEP_LANDLOCK);
	add(plan, STEP_SECCOMP);
	add(plan, STEP_CAPABILITIES);
}

int plan_make(const struct config *config, const struct plan_options *options,
	      struct plan *ret_plan, struct diag *diag)
{
	struct plan plan = { .config = config, .options = *options };
	int r = refusal_check(config, options->assemble_only, diag);

	if (r < 0)
		return r;
	if (!options->assemble_only &&
	    (options->range_base == 0 || options->range_length == 0 ||
	     options->range_length > UINT32_MAX - options->range_base))
		return diag_set(diag, -EINVAL,
				"the range of user ids %" PRIu32 "+%" PRIu32
				" is not usable",
				options->range_base, options->range_length);
	/* Each kind once at most, but for those of the layers. */
	plan.steps = calloc(STEP_KINDS + 2 * config->layer_count,
			    sizeof(*plan.steps));
	if (!plan.steps)
		return diag_oom(diag);
	add_steps(&plan);
	*ret_plan = plan;
	return 0;
}

void plan_done(struct plan *plan)
{
	free(plan->steps);
	*plan = PLAN_INIT;
}
