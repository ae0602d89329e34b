#include "mount/supervisor_groups.h"

#include "mount/cgroup_delegation.h"
#include "mount/network_proxies.h"
#include "mount/supervisor.h"

#include <jansson.h>
#include <string.h>

int supervisor_take_groups(struct supervisor *supervisor, struct diag *diag)
{
	if (!supervisor->options->manager)
		return 0;
	return cgroup_delegation_take(CGROUP_ROOT, &supervisor->delegated,
				      diag);
}

struct cgroup_place supervisor_groups(const struct supervisor *supervisor)
{
	return (struct cgroup_place){ .root = CGROUP_ROOT,
				      .jail = supervisor->options->name,
				      .delegated = supervisor->delegated };
}

/* Groups that were delegated to the one before, under whichever unit. */
static int clear_delegated(const struct supervisor *supervisor,
			   struct diag *diag)
{
	struct cgroup_place place = supervisor_groups(supervisor);
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *state;
	int r = state_read(&supervisor->state, &text);

	if (r < 0)
		return diag_errno(diag, r, "cannot read %s/%s/state.json",
				  supervisor->state.root,
				  supervisor->state.name);
	/* One that was killed while it wrote has made no groups yet. */
	state = json_loadb(text.data, text.length, 0, NULL);
	place.delegated =
		json_string_value(json_object_get(state, "delegated"));
	if (place.delegated)
		r = cgroup_clear(&place, diag);
	json_decref(state);
	return r;
}

int supervisor_clear_stale(struct supervisor *supervisor, struct diag *diag)
{
	struct cgroup_place place = supervisor_groups(supervisor);
	int r;

	if (!supervisor->state.stale)
		return 0;
	verity_clear_stale();
	place.delegated = NULL;
	r = cgroup_clear(&place, diag);
	if (r == 0)
		r = clear_delegated(supervisor, diag);
	if (r == 0)
		r = network_proxies_clear(supervisor->state.directory_fd, diag);
	return r;
}
