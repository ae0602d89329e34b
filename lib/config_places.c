/* The contract's directories of the host's, and its tripwires. */
#include "lib/config_format.h"

#include "lib/path.h"
#include "lib/utf8.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EINVAL, __VA_ARGS__)

static int check_persist(const struct config_persist *persist,
			 struct diag *diag)
{
	int r = config_check_path(persist->path, "a persistent directory",
				  diag);

	if (r < 0)
		return r;
	if (persist->mode > 07777 || persist->uid > CONFIG_ID_MAX ||
	    persist->gid > CONFIG_ID_MAX || persist->bytes > INT64_MAX)
		return refuse(
			diag,
			"the persistent directory %s has a mode, an owner "
			"or a size that is out of range",
			persist->path);
	return 0;
}

const char *config_share_problem(const char *source)
{
	/* What the host keeps to itself, and jailmount's own. */
	static const char *const kept[] = {
		"/proc",	  "/sys",
		"/dev",		  "/etc/shadow",
		"/etc/jailmount", "/run/jailmount",
		"/root",	  "/var/lib/jailmount",
	};
	CLEANUP_FREE char *fixed = path_fixed_prefix(source);
	const char *problem = NULL;

	if (!fixed)
		return "cannot be looked at for want of memory";
	if (strstr(source, "**"))
		problem = "holds **, and what is shared has a known depth";
	else if (strcmp(fixed, "/") == 0)
		problem = "may be anything of the host's";
	for (size_t i = 0; !problem && i < ARRAY_SIZE(kept); i++)
		if (path_within(fixed, kept[i]) || path_within(kept[i], fixed))
			problem = "holds or is what the host keeps to itself";
	return problem;
}

static int check_share(const struct config_share *share, struct diag *diag)
{
	const char *problem;
	int r = config_check_path(share->source, "what is shared", diag);

	if (r == 0)
		r = config_check_path(share->path, "a shared directory", diag);
	if (r < 0)
		return r;
	problem = config_share_problem(share->source);
	return problem ? refuse(diag, "%s cannot be shared: it %s",
				share->source, problem)
		       : 0;
}

/* One place in which something of the host's or a layer is mounted. */
struct place {
	const char *path;
	const struct config_layer *layer; /* or NULL */
};

static int check_pair(const struct place *outer, const struct place *inner,
		      struct diag *diag)
{
	if (!path_within(inner->path, outer->path) ||
	    (outer->layer && inner->layer))
		return 0;
	if (strcmp(inner->path, outer->path) == 0)
		return refuse(diag, "two things are to be mounted at %s",
			      inner->path);
	/* An overlay has the image's directories to mount on. */
	if (outer->layer && outer->layer->kind == CONFIG_LAYER_OVERLAY)
		return 0;
	return refuse(diag, "%s lies in %s, which does not have it",
		      inner->path, outer->path);
}

static struct place place_at(const struct config *config, size_t index)
{
	if (index < config->layer_count)
		return (struct place){ config->layers[index].path,
				       &config->layers[index] };
	index -= config->layer_count;
	if (index < config->persist_count)
		return (struct place){ config->persists[index].path, NULL };
	return (struct place){
		config->shares[index - config->persist_count].path, NULL
	};
}

static int check_pairs(const struct config *config, struct diag *diag)
{
	size_t count = config->layer_count + config->persist_count +
		       config->share_count;
	int r = 0;

	for (size_t i = config->layer_count; r == 0 && i < count; i++) {
		struct place place = place_at(config, i);

		if (config_path_is_reserved(place.path))
			return refuse(diag, "nothing can be mounted at %s",
				      place.path);
		for (size_t k = 0; r == 0 && k < i; k++) {
			struct place other = place_at(config, k);

			r = check_pair(&other, &place, diag);
			if (r == 0)
				r = check_pair(&place, &other, diag);
		}
	}
	return r;
}

/* Of the image, and in sight. */
static int check_tripwire(const struct config *config, const char *path,
			  struct diag *diag)
{
	size_t count = config->layer_count + config->persist_count +
		       config->share_count;
	int r = config_check_path(path, "a tripwire", diag);

	if (r < 0)
		return r;
	if (config_path_is_reserved(path))
		return refuse(diag, "no tripwire can be at %s", path);
	for (size_t i = 0; i < count; i++) {
		struct place place = place_at(config, i);

		if (path_within(path, place.path) &&
		    (!place.layer ||
		     place.layer->kind == CONFIG_LAYER_WRITABLE))
			return refuse(diag, "the tripwire %s is hidden by %s",
				      path, place.path);
	}
	return 0;
}

static int check_tripwires(const struct config *config, struct diag *diag)
{
	size_t count = strv_length(config->tripwires);
	int r = 0;

	if (count > CONFIG_LIST_MAX)
		return refuse(diag, "it has more than %d tripwires",
			      CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = check_tripwire(config, config->tripwires[i], diag);
		for (size_t k = 0; r == 0 && k < i; k++)
			if (strcmp(config->tripwires[i],
				   config->tripwires[k]) == 0)
				r = refuse(diag, "two tripwires are at %s",
					   config->tripwires[i]);
	}
	return r;
}

int config_check_places(const struct config *config, struct diag *diag)
{
	int r = 0;

	if (config->persist_count > CONFIG_LIST_MAX ||
	    config->share_count > CONFIG_LIST_MAX)
		return refuse(diag,
			      "it has more than %d directories of the host's",
			      CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < config->persist_count; i++)
		r = check_persist(&config->persists[i], diag);
	for (size_t i = 0; r == 0 && i < config->share_count; i++)
		r = check_share(&config->shares[i], diag);
	if (r == 0)
		r = check_pairs(config, diag);
	return r < 0 ? r : check_tripwires(config, diag);
}
