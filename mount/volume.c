#include "mount/volume.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>

enum { PATH_LIMIT = 4095 };

void volume_done(struct volume *volume)
{
	free(volume->source);
	free(volume->path);
	*volume = (struct volume){ 0 };
}

/* --- As text -------------------------------------------------------------- */

/* Take ":ro" or ":rw" off the end. */
static enum volume_access parse_access(char *text)
{
	size_t length = strlen(text);
	enum volume_access access = VOLUME_AS_ASKED;

	if (length > 3 && strcmp(text + length - 3, ":ro") == 0)
		access = VOLUME_READ_ONLY;
	else if (length > 3 && strcmp(text + length - 3, ":rw") == 0)
		access = VOLUME_WRITABLE;
	if (access != VOLUME_AS_ASKED)
		text[length - 3] = '\0';
	return access;
}

static bool is_good(const char *path)
{
	return path_is_normal(path) && strcmp(path, "/") != 0 &&
	       strlen(path) <= PATH_LIMIT;
}

int volume_parse(const char *text, struct volume *ret_volume, struct diag *diag)
{
	CLEANUP_FREE char *copy = strdup(text);
	CLEANUP(volume_done) struct volume volume = { 0 };
	const char *problem;
	char *path;

	if (!copy)
		return diag_oom(diag);
	volume.access = parse_access(copy);
	/* A ':' may be in either path, but hardly in front of a '/'. */
	path = strstr(copy, ":/");
	if (path)
		*path++ = '\0';
	if (!is_good(path ? path : copy) || (path && !is_good(copy))) {
		diag_set(diag, -EINVAL, "'%s' is not [HOSTPATH:]PATH[:ro|:rw]",
			 text);
		diag_hint(diag, "both are absolute, without \"..\" and without "
				"a slash at the end");
		return -EINVAL;
	}
	if (!path && volume.access == VOLUME_AS_ASKED)
		return diag_set(diag, -EINVAL,
				"'%s' changes nothing: neither HOSTPATH nor "
				":ro or :rw",
				text);
	problem = path ? config_share_problem(copy) : NULL;
	if (problem)
		return diag_set(diag, -EINVAL, "%s cannot be shared: it %s",
				copy, problem);
	volume.path = strdup(path ? path : copy);
	volume.source = path ? steal_ptr(&copy) : NULL;
	if (!volume.path)
		return diag_oom(diag);
	*ret_volume = volume;
	volume = (struct volume){ 0 };
	return 0;
}

/* --- In a contract -------------------------------------------------------- */

static int not_named(const struct volume *volume, const struct config *config,
		     struct diag *diag)
{
	CLEANUP_BUF struct buf places = BUF_INIT;

	for (size_t i = 0; i < config->persist_count; i++)
		buf_printf(&places, "%s%s", places.length ? ", " : "",
			   config->persists[i].path);
	for (size_t i = 0; i < config->share_count; i++)
		buf_printf(&places, "%s%s", places.length ? ", " : "",
			   config->shares[i].path);
	diag_set(diag, -EINVAL, "the image neither keeps nor shares %s",
		 volume->path);
	if (places.length)
		diag_hint(diag,
			  "it does: %s; another place is the business "
			  "of the host's settings, jailmount.conf(5)",
			  places.data);
	else
		diag_hint(diag, "a place that an image does not name is the "
				"business of the host's settings, "
				"jailmount.conf(5)");
	return -EINVAL;
}

static int may_not_write(const struct volume *volume, struct diag *diag)
{
	return diag_set(diag, -EINVAL,
			"the image shares %s read-only, and only the host's "
			"settings, jailmount.conf(5), make it writable",
			volume->path);
}

static int add_share(const struct volume *volume, bool writable,
		     struct config *config, struct diag *diag)
{
	struct config_share share = { .source = strdup(volume->source),
				      .path = strdup(volume->path),
				      .writable = writable };

	if (!share.source || !share.path ||
	    array_grow(&config->shares, config->share_count, sizeof(share)) <
		    0) {
		config_share_done(&share);
		return diag_oom(diag);
	}
	config->shares[config->share_count++] = share;
	return 0;
}

/* It is the host's directory from now on, as what is shared is. */
static int move_persist(const struct volume *volume, size_t index,
			struct config *config, struct diag *diag)
{
	bool writable = volume->access != VOLUME_READ_ONLY &&
			!config->persists[index].read_only;
	int r = add_share(volume, writable, config, diag);

	if (r < 0)
		return r;
	free(config->persists[index].path);
	config->persist_count--;
	memmove(&config->persists[index], &config->persists[index + 1],
		(config->persist_count - index) * sizeof(*config->persists));
	return 0;
}

static int apply_to_share(const struct volume *volume, bool widens,
			  struct config_share *share, struct diag *diag)
{
	if (volume->access == VOLUME_WRITABLE && !share->writable && !widens)
		return may_not_write(volume, diag);
	if (volume->source) {
		char *source = strdup(volume->source);

		if (!source)
			return diag_oom(diag);
		free(share->source);
		share->source = source;
	}
	if (volume->access != VOLUME_AS_ASKED)
		share->writable = volume->access == VOLUME_WRITABLE;
	return 0;
}

int volume_apply(const struct volume *volume, bool widens,
		 struct config *config, struct diag *diag)
{
	for (size_t i = 0; i < config->persist_count; i++) {
		struct config_persist *persist = &config->persists[i];

		if (strcmp(persist->path, volume->path) != 0)
			continue;
		if (volume->access == VOLUME_WRITABLE && persist->read_only &&
		    !widens)
			return may_not_write(volume, diag);
		if (volume->source)
			return move_persist(volume, i, config, diag);
		persist->read_only = volume->access == VOLUME_READ_ONLY;
		return 0;
	}
	for (size_t i = 0; i < config->share_count; i++)
		if (strcmp(config->shares[i].path, volume->path) == 0)
			return apply_to_share(volume, widens,
					      &config->shares[i], diag);
	if (!widens || !volume->source)
		return not_named(volume, config, diag);
	return add_share(volume, volume->access == VOLUME_WRITABLE, config,
			 diag);
}
