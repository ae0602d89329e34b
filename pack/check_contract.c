/* Checks of what the jail asks of its host. */
#include "pack/check.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

/* Those that amount to the host's root, or nearly. */
#define GREAT_CAPABILITIES                                                     \
	(UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_SYS_MODULE |        \
	 UINT64_C(1) << CAP_SYS_RAWIO | UINT64_C(1) << CAP_SYS_PTRACE |        \
	 UINT64_C(1) << CAP_SYS_BOOT | UINT64_C(1) << CAP_DAC_READ_SEARCH |    \
	 UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_MKNOD |          \
	 UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_BPF |               \
	 UINT64_C(1) << CAP_PERFMON | UINT64_C(1) << CAP_MAC_ADMIN)

static int add_format(struct findings *findings, const struct check *check,
		      const char *before, const char *name)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_puts(&text, before);
	buf_puts(&text, name);
	if (buf_check(&text) < 0)
		return -ENOMEM;
	return findings_add(findings, check, NULL, text.data);
}

static int add_capabilities(const struct check *check, uint64_t set,
			    struct findings *findings)
{
	int r = 0;

	for (int i = 0; r == 0 && i < 64; i++) {
		const char *name = capability_name(i);

		if (set & UINT64_C(1) << i)
			r = add_format(findings, check, "asks for ",
				       name ? name : "an unknown capability");
	}
	return r;
}

static int check_great(const struct check *check, const struct config *config,
		       struct findings *findings)
{
	return add_capabilities(
		check, config->capabilities & GREAT_CAPABILITIES, findings);
}

static int check_small(const struct check *check, const struct config *config,
		       struct findings *findings)
{
	return add_capabilities(
		check, config->capabilities & ~GREAT_CAPABILITIES, findings);
}

static int check_syscalls(const struct check *check,
			  const struct config *config,
			  struct findings *findings)
{
	int r = 0;

	for (char **name = config->allowed_syscalls; r == 0 && name && *name;
	     name++)
		r = add_format(findings, check, "asks for the system call ",
			       *name);
	return r;
}

static int check_limits(const struct check *check, const struct config *config,
			struct findings *findings)
{
	const struct {
		const char *name;
		uint64_t value;
	} limits[] = { { "processes", config->limits.processes },
		       { "memory", config->limits.memory_bytes },
		       { "cpu", config->limits.cpu_permille } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(limits); i++) {
		if (!limits[i].value)
			r = add_format(findings, check, "has no limit of ",
				       limits[i].name);
	}
	return r;
}

static int check_host_network(const struct check *check,
			      const struct config *config,
			      struct findings *findings)
{
	return config->network == CONFIG_NETWORK_HOST
		       ? findings_add(findings, check, NULL,
				      "shares the host's network, and every "
				      "peer that has")
		       : 0;
}

static int check_own_network(const struct check *check,
			     const struct config *config,
			     struct findings *findings)
{
	return config->network == CONFIG_NETWORK_OWN
		       ? add_format(findings, check, "has a network, at ",
				    config->addresses[0])
		       : 0;
}

static int check_peers(const struct check *check, const struct config *config,
		       struct findings *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->connect_count; i++) {
		CLEANUP_BUF struct buf peer = BUF_INIT;

		endpoint_put(&peer, &config->connects[i]);
		r = buf_check(&peer);
		if (r == 0)
			r = add_format(findings, check, "may call ", peer.data);
	}
	return r;
}

static int add_shares(const struct check *check, const struct config *config,
		      bool writable, struct findings *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->share_count; i++)
		if (config->shares[i].writable == writable)
			r = add_format(findings, check,
				       writable ? "may write to the host's "
						: "may read the host's ",
				       config->shares[i].source);
	return r;
}

static int check_writable_shares(const struct check *check,
				 const struct config *config,
				 struct findings *findings)
{
	return add_shares(check, config, true, findings);
}

static int check_shares(const struct check *check, const struct config *config,
			struct findings *findings)
{
	return add_shares(check, config, false, findings);
}

/* What an intruder leaves there is there after a restore. */
static int check_persists(const struct check *check,
			  const struct config *config,
			  struct findings *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->persist_count; i++)
		r = add_format(findings, check,
			       "a restore leaves it as it is: ",
			       config->persists[i].path);
	return r;
}

/* The name of a variable such as DB_PASSWORD, with a value. */
static bool is_secret(const char *variable)
{
	static const char *const words[] = {
		"PASSWORD", "PASSWD", "PASSPHRASE",  "SECRET",	   "TOKEN",
		"API_KEY",  "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIALS"
	};
	size_t length = strcspn(variable, "=");

	if (!variable[length] || !variable[length + 1])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *at = strcasestr(variable, words[i]);

		if (at && at < variable + length)
			return true;
	}
	return false;
}

/* Not the value: what is found may end in a log. */
static int check_environment(const struct check *check,
			     const struct config *config,
			     struct findings *findings)
{
	int r = 0;

	for (char **entry = config->environment; r == 0 && entry && *entry;
	     entry++) {
		CLEANUP_FREE char *name = NULL;

		if (!is_secret(*entry))
			continue;
		name = strndup(*entry, strcspn(*entry, "="));
		r = name ? add_format(findings, check,
				      "gives a secret to its service in ", name)
			 : -ENOMEM;
	}
	return r;
}

static int check_layer_modes(const struct check *check,
			     const struct config *config,
			     struct findings *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		if (layer->kind == CONFIG_LAYER_WRITABLE &&
		    (layer->mode & S_IWOTH) && !(layer->mode & S_ISVTX))
			r = add_format(findings, check,
				       "lets everybody remove what others "
				       "have in ",
				       layer->path);
	}
	return r;
}

const struct check checks_of_contract[] = {
	{ "secret-variable", 20, .contract = check_environment },
	{ "layer-not-sticky", 3, .contract = check_layer_modes },
	{ "great-capability", 20, .contract = check_great },
	{ "capability", 4, .contract = check_small },
	{ "system-call", 5, .contract = check_syscalls },
	{ "host-network", 20, .contract = check_host_network },
	{ "writable-share", 10, .contract = check_writable_shares },
	{ "own-network", 4, .contract = check_own_network },
	{ "share", 3, .contract = check_shares },
	{ "persist", 2, .contract = check_persists },
	{ "peer", 2, .contract = check_peers },
	{ "no-limit", 3, .contract = check_limits },
	{ 0 }
};
