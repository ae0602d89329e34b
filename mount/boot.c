/* All jails of the host's settings at once. */
#include "mount/actions.h"
#include "mount/boot_order.h"
#include "mount/client.h"
#include "mount/host_settings.h"
#include "mount/state.h"

#include <errno.h>

/* Those that are to be started, in order. */
struct boot {
	char **names;
	struct host_settings *settings; /* of each; of a broken file, empty */
	struct boot_jail *jails;
	size_t count;  /* of jails */
	size_t loaded; /* of settings */
	size_t failed; /* settings that could not be read */
};

static void boot_done(struct boot *boot)
{
	for (size_t i = 0; i < boot->loaded; i++)
		host_settings_done(&boot->settings[i]);
	free(boot->settings);
	free(boot->jails);
	strv_free(boot->names);
}

static void tell(const char *name, struct diag *diag)
{
	diag_wrap(diag, diag->error, "%s", name);
	diag_print(diag, "jailmount");
}

static void load(struct boot *boot, const char *name)
{
	struct host_settings *settings = &boot->settings[boot->loaded++];
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	*settings = HOST_SETTINGS_INIT;
	if (host_settings_load(HOST_SETTINGS_DIRECTORY, name, settings, &diag) <
	    0) {
		tell(name, &diag);
		boot->failed++;
		return;
	}
	if (settings->boot)
		boot->jails[boot->count++] =
			(struct boot_jail){ .name = name,
					    .after = settings->after };
}

static int boot_load(struct boot *ret_boot, struct diag *diag)
{
	struct boot boot = { 0 };
	size_t count;
	int r = host_settings_list(HOST_SETTINGS_DIRECTORY, &boot.names, diag);

	if (r < 0)
		return r;
	count = strv_length(boot.names);
	boot.settings = calloc(count + 1, sizeof(*boot.settings));
	boot.jails = calloc(count + 1, sizeof(*boot.jails));
	if (!boot.settings || !boot.jails) {
		boot_done(&boot);
		return diag_oom(diag);
	}
	for (size_t i = 0; i < count; i++)
		load(&boot, boot.names[i]);
	boot_order(boot.jails, boot.count);
	*ret_boot = boot;
	return 0;
}

/* 0 if it runs, by now or already. */
static int start(const struct boot_jail *jail, struct diag *diag)
{
	struct options options = OPTIONS_INIT;
	int status = 0;
	int r;

	if (jail->in_a_circle)
		return diag_set(diag, -ELOOP,
				"it waits for itself, by way of `after` in its "
				"settings and others'");
	if (state_is_running(STATE_DIRECTORY, jail->name))
		return 0;
	options.action = ACTION_RUN;
	options.object = jail->name;
	options.detach = true;
	r = action_run(&options, &status, diag);
	if (r == 0 && status != 0)
		return diag_set(diag, -ECHILD, "it is not started");
	return r;
}

static int stop(const struct boot_jail *jail, struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;

	if (!state_is_running(STATE_DIRECTORY, jail->name))
		return 0;
	return client_request(jail->name, "stop", 0, &answer, diag);
}

/* Each in its turn; one that fails keeps nobody else. */
static int each(int (*act)(const struct boot_jail *jail, struct diag *diag),
		bool backwards, int *ret_status, struct diag *diag)
{
	CLEANUP(boot_done) struct boot boot = { 0 };
	size_t failed;
	int r = boot_load(&boot, diag);

	if (r < 0)
		return r;
	failed = boot.failed;
	for (size_t i = 0; i < boot.count; i++) {
		const struct boot_jail *jail =
			&boot.jails[backwards ? boot.count - 1 - i : i];
		CLEANUP_DIAG struct diag own = DIAG_INIT;

		if (act(jail, &own) == 0)
			continue;
		tell(jail->name, &own);
		failed++;
	}
	*ret_status = failed > 0;
	return 0;
}

int action_boot(const struct options *options UNUSED, int *ret_status,
		struct diag *diag)
{
	return each(start, false, ret_status, diag);
}

int action_shutdown(const struct options *options UNUSED, int *ret_status,
		    struct diag *diag)
{
	return each(stop, true, ret_status, diag);
}
