#include "mount/refusal.h"

#include <errno.h>
#include <string.h>

/* One wish a word, as the recipe has it: each adds what it finds. */
static void wish(struct buf *wishes, const char *word, const char *what)
{
	buf_printf(wishes, "%s%s%s%s", wishes->length ? "; " : "", word,
		   what ? " " : "", what ? what : "");
}

static void places(const struct config *config, struct buf *wishes)
{
	for (size_t i = 0; i < config->persist_count; i++)
		wish(wishes, "persist", config->persists[i].path);
	for (size_t i = 0; i < config->share_count; i++)
		wish(wishes, "share", config->shares[i].source);
}

/* Of what there is for one connection alone nobody can ask how it is. */
static void services(const struct config *config, struct buf *wishes)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (!config->services[i].per_connection)
			return;
	if (config->service_count == 0)
		return;
	if (config->ready == CONFIG_READY_HTTP)
		wish(wishes, "ready http",
		     "where each service is per-connection");
	if (config->ready == CONFIG_READY_NOTIFY)
		wish(wishes, "ready notify",
		     "where each service is per-connection");
	if (config->health.path)
		wish(wishes, "check http",
		     "where each service is per-connection");
}

int refusal_check(const struct config *config, bool files_only,
		  struct diag *diag)
{
	CLEANUP_BUF struct buf wishes = BUF_INIT;

	/* They are kept for, and shared with, a jail that has a name. */
	if (files_only)
		places(config, &wishes);
	else
		services(config, &wishes);
	if (buf_check(&wishes) < 0)
		return diag_oom(diag);
	if (wishes.length == 0)
		return 0;
	(void)diag_set(diag, -EOPNOTSUPP,
		       "the image asks for what this jailmount does not do: %s",
		       wishes.data);
	diag_hint(diag, "without it the service would not be what its recipe "
			"says; pack it without these words, or use a newer "
			"jailmount");
	return -EOPNOTSUPP;
}
