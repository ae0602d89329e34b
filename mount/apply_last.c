#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "mount/apply.h"
#include "mount/capabilities.h"
#include "mount/keyring.h"
#include "mount/landlock.h"
#include "mount/namespaces.h"
#include "mount/rlimits.h"

static int do_rlimits(struct last_state *state, struct diag *diag)
{
	return rlimits_raise(&state->plan->config->limits, &state->notes, diag);
}

static int do_enter_user_namespace(struct last_state *state, struct diag *diag)
{
	if (state->join_pidfd >= 0)
		return namespaces_join_user(state->join_pidfd, diag);
	return namespaces_enter_user(
		state->user_namespace, state->proc,
		state->plan->config->capabilities >> CAP_SYS_ADMIN & 1, diag);
}

static int do_keyring(struct last_state *state UNUSED, struct diag *diag)
{
	return keyring_renew(diag);
}

static int do_no_new_privs(struct last_state *state UNUSED, struct diag *diag)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return diag_errno(diag, -errno, "cannot set no_new_privs");
	return 0;
}

static int do_landlock(struct last_state *state, struct diag *diag)
{
	return landlock_build(state->plan->config, diag);
}

static int do_seccomp(struct last_state *state, struct diag *diag)
{
	return seccomp_install(state->filter,
			       state->want_listener ? &state->listener : NULL,
			       diag);
}

static int do_capabilities(struct last_state *state, struct diag *diag)
{
	uint64_t mask = state->plan->config->capabilities;
	int error = capabilities_bound(mask, diag);

	if (error < 0)
		return error;
	error = capabilities_set(mask | state->keep_capabilities);
	if (error < 0)
		return diag_errno(diag, error, "cannot set capabilities");
	return 0;
}

static int (*const steps[])(struct last_state *state, struct diag *diag) = {
	[STEP_RLIMITS] = do_rlimits,
	[STEP_ENTER_USER_NAMESPACE] = do_enter_user_namespace,
	[STEP_KEYRING] = do_keyring,
	[STEP_NO_NEW_PRIVS] = do_no_new_privs,
	[STEP_LANDLOCK] = do_landlock,
	[STEP_SECCOMP] = do_seccomp,
	[STEP_CAPABILITIES] = do_capabilities,
};

int apply_last(struct last_state *state, struct diag *diag)
{
	const struct plan *plan = state->plan;

	for (size_t i = 0; i < plan->step_count; i++) {
		enum step_kind kind = plan->steps[i].kind;
		int error;

		if (step_phase(kind) != PHASE_LAST)
			continue;
		error = steps[kind](state, diag);
		if (error < 0)
			return error;
	}
	return 0;
}
