#include "mount/target.h"

#include "mount/actions.h"
#include "mount/state.h"
#include "mount/words.h"

#include <errno.h>
#include <string.h>

void target_done(struct target *target)
{
	free(target->path);
	free(target->name);
	host_settings_done(&target->settings);
	strv_free(target->listens);
	*target = TARGET_INIT;
}

static int load(struct target *target, struct diag *diag)
{
	return host_settings_load(HOST_SETTINGS_DIRECTORY, target->name,
				  &target->settings, diag);
}

/* What is fetched, if need be, and where it lies. */
static int find(struct target *target, const char *image, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int r = find_image(image, target->options, &path, diag);

	if (r < 0)
		return r;
	target->path = realpath(path, NULL);
	return target->path ? 0
			    : diag_errno(diag, -errno, "cannot open %s", path);
}

static int find_configured(struct target *target, struct diag *diag)
{
	const struct options *options = target->options;
	int r;

	if (options->name)
		return diag_set(diag, -EINVAL,
				"--name does not go with the name of a jail, "
				"%s",
				options->object);
	target->name = strdup(options->object);
	if (!target->name)
		return diag_oom(diag);
	r = load(target, diag);
	if (r < 0)
		return r;
	if (target->settings.image)
		return find(target, target->settings.image, diag);
	diag_set(diag, -EINVAL,
		 HOST_SETTINGS_DIRECTORY "/%s.conf does not name an image",
		 target->name);
	diag_hint(diag, "image PATH; or give the image's path");
	return -EINVAL;
}

static int find_unconfigured(struct target *target, struct diag *diag)
{
	const char *object = target->options->object;
	int r = find(target, object, diag);

	if (r == -ENOENT && state_check_name(object, NULL) == 0)
		diag_hint(diag,
			  "nor is there " HOST_SETTINGS_DIRECTORY "/%s.conf",
			  object);
	return r;
}

int target_find(const struct options *options, struct target *ret_target,
		struct diag *diag)
{
	CLEANUP_TARGET struct target target = { .options = options };
	int r;

	target.configured =
		host_settings_exist(HOST_SETTINGS_DIRECTORY, options->object);
	r = target.configured ? find_configured(&target, diag)
			      : find_unconfigured(&target, diag);
	if (r < 0)
		return r;
	*ret_target = target;
	target = TARGET_INIT;
	return 0;
}

/* Those of the command line take the place of the settings'. */
static int settle_network(struct target *target, const struct config *config,
			  struct diag *diag)
{
	const struct options *options = target->options;
	const struct host_settings *settings = &target->settings;
	const char *word;

	target->interface =
		options->interface ? options->interface : settings->interface;
	target->gateways =
		options->gateways ? options->gateways : settings->gateways;
	word = options->addresses  ? "--address"
	       : target->interface ? "--interface"
	       : target->gateways  ? "--gateway"
				   : NULL;
	if (!word || config->network == CONFIG_NETWORK_OWN)
		return 0;
	diag_set(diag, -EINVAL,
		 "%s: the image does not want a network of its own", word);
	diag_hint(diag, "its recipe would say: network own ADDRESS/LEN");
	return -EINVAL;
}

static int apply(const struct target *target, struct config *config,
		 struct diag *diag)
{
	const struct options *options = target->options;
	const struct host_requests requests = {
		.limits = options->limits,
		.volumes = options->volumes,
		.addresses = options->addresses,
	};

	return host_settings_apply(&target->settings, &requests, config, diag);
}

int target_apply(const struct target *target, struct config *config,
		 struct diag *diag)
{
	int r = apply(target, config, diag);

	return r < 0 ? r
		     : words_apply(config, target->options->arguments, false,
				   diag);
}

int target_settle(struct target *target, struct config *config,
		  struct diag *diag)
{
	const struct options *options = target->options;
	int r = 0;

	if (!target->configured) {
		target->name =
			strdup(options->name ? options->name : config->name);
		if (!target->name)
			return diag_oom(diag);
		r = state_check_name(target->name, diag);
		if (r == 0)
			r = load(target, diag);
	}
	if (r == 0)
		r = host_settings_listens(&target->settings, options->listens,
					  &target->listens, diag);
	if (r == 0)
		r = apply(target, config, diag);
	return r < 0 ? r : settle_network(target, config, diag);
}
