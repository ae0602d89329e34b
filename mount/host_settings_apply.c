/* The host's word on an image's contract. */
#include "mount/host_settings.h"

#include "mount/cgroup.h"
#include "mount/listen_table.h"

#include <errno.h>
#include <string.h>

/* --- Network -------------------------------------------------------------- */

static int copy_strings(char *const *from, char ***ret_to)
{
	char **copy = NULL;

	for (; from && *from; from++) {
		if (strv_append(&copy, *from) < 0) {
			strv_free(copy);
			return -ENOMEM;
		}
	}
	*ret_to = copy;
	return 0;
}

static int apply_network(const struct host_settings *settings,
			 struct config *config, struct diag *diag)
{
	char **addresses;

	if (!settings->network_at.line)
		return 0;
	if (copy_strings(settings->addresses, &addresses) < 0)
		return diag_oom(diag);
	config->network = settings->network;
	strv_free(config->addresses);
	config->addresses = addresses;
	return 0;
}

static int add_address(char ***addresses, const char *text, struct diag *diag)
{
	char network[ENDPOINT_NETWORK_MAX + 1];
	const char *why;

	if (endpoint_parse_network(text, network, &why) < 0) {
		diag_set(diag, -EINVAL, "--address %s: it %s", text, why);
		diag_hint(diag, "for example 10.0.0.5/24 or 2001:db8::5/64");
		return -EINVAL;
	}
	return strv_append(addresses, network) < 0 ? diag_oom(diag) : 0;
}

/* The command line's, for a network of its own; others do without. */
static int apply_addresses(char *const *requests, struct config *config,
			   struct diag *diag)
{
	char **addresses = NULL;
	int r = 0;

	if (!requests || config->network != CONFIG_NETWORK_OWN)
		return 0;
	for (; r == 0 && *requests; requests++)
		r = add_address(&addresses, *requests, diag);
	if (r < 0) {
		strv_free(addresses);
		return r;
	}
	strv_free(config->addresses);
	config->addresses = addresses;
	return 0;
}

static int apply_connect(const struct host_settings *settings,
			 struct config *config, struct diag *diag)
{
	size_t size = settings->connect_count * sizeof(*config->connects);
	struct endpoint *copy;

	if (!settings->connect_at.line)
		return 0;
	copy = malloc(size + 1);
	if (!copy)
		return diag_oom(diag);
	if (size)
		memcpy(copy, settings->connects, size);
	free(config->connects);
	config->connects = copy;
	config->connect_count = settings->connect_count;
	return 0;
}

/* --- Limits --------------------------------------------------------------- */

/* "memory=256M", as a statement "limit memory 256M"; `text` is cut to pieces
 * and kept by the words. */
static int read_request(const char *request, char *text,
			struct host_limit table[LIMIT_WORDS], struct diag *diag)
{
	const struct location at = { .file = request };
	char word[] = "limit", *value = strchr(text, '='), *second;
	struct lex_word words[4] = { { .text = word, .at = at },
				     { .text = text, .at = at } };
	struct lex_statement statement = { .words = words, .count = 2 };
	struct config_limits values = { 0 };
	const struct lex_word *found = NULL;
	size_t index = 0;
	int r;

	if (!value) {
		diag_set(diag, -EINVAL, "it is not NAME=VALUE");
		diag_hint(diag, "for example memory=256M or 'io write=10M'");
		return -EINVAL;
	}
	*value++ = '\0';
	second = strchr(text, ' ');
	if (second) {
		*second++ = '\0';
		words[statement.count++] =
			(struct lex_word){ .text = second, .at = at };
	}
	words[statement.count++] = (struct lex_word){ .text = value, .at = at };
	r = limit_find(&statement, &index, &found, diag);
	if (r == 0 && strcmp(found->text, "none") != 0)
		r = limit_read(index, found, &values, diag);
	if (r < 0)
		return r;
	table[index] =
		(struct host_limit){ .at = { .file = request, .line = 1 },
				     .value = limit_get(&values, index) };
	return 0;
}

static int read_requests(char *const *requests,
			 struct host_limit table[LIMIT_WORDS],
			 struct diag *diag)
{
	int r = 0;

	for (; r == 0 && requests && *requests; requests++) {
		CLEANUP_FREE char *text = strdup(*requests);

		r = text ? read_request(*requests, text, table, diag)
			 : diag_oom(diag);
		if (r < 0)
			return diag_wrap(diag, r, "--limit");
	}
	return r;
}

static bool is_beyond(uint64_t value, uint64_t most)
{
	return most && (value == 0 || value > most);
}

/* Somebody who ought to know better asks for more than there is. */
static int beyond(const struct host_limit *most, size_t index,
		  struct diag *diag)
{
	CLEANUP_BUF struct buf value = BUF_INIT;

	limit_format(index, most->value, &value);
	diag_set(diag, -EINVAL, "the host allows a limit %s of %s at most",
		 limit_word(index), value.data ? value.data : "?");
	diag_hint(diag, "%s:%u says so", most->at.file, most->at.line);
	return -EINVAL;
}

static int apply_limit(const struct host_settings *settings,
		       const struct host_limit *request, size_t index,
		       struct config_limits *limits, struct diag *diag)
{
	const struct host_limit *limit = &settings->limits[index];
	const struct host_limit *most = &settings->most[index];
	uint64_t value = limit_get(limits, index);
	/* Without a word it is limited all the same. */
	bool processes = strcmp(limit_word(index), "processes") == 0;

	if (request->at.line && is_beyond(request->value, most->value))
		return diag_wrap(diag, beyond(most, index, diag), "--limit %s",
				 request->at.file);
	if (!request->at.line && limit->at.line &&
	    is_beyond(limit->value, most->value))
		return location_wrap(diag, beyond(most, index, diag),
				     &limit->at);
	if (request->at.line)
		value = request->value;
	else if (limit->at.line)
		value = limit->value;
	else if (value == 0)
		value = settings->defaults[index].value;
	if (value == 0 && processes && most->value)
		value = CGROUP_DEFAULT_PROCESSES;
	if (is_beyond(value, most->value))
		value = most->value;
	limit_put(limits, index, value);
	return 0;
}

static int apply_limits(const struct host_settings *settings,
			char *const *requests, struct config *config,
			struct diag *diag)
{
	struct host_limit table[LIMIT_WORDS] = { 0 };
	int r = read_requests(requests, table, diag);

	for (size_t i = 0; r == 0 && i < LIMIT_WORDS; i++)
		r = apply_limit(settings, &table[i], i, &config->limits, diag);
	return r;
}

/* --- Volumes -------------------------------------------------------------- */

static int apply_request(const char *text, struct config *config,
			 struct diag *diag)
{
	CLEANUP(volume_done) struct volume volume = { 0 };
	int r = volume_parse(text, &volume, diag);

	if (r == 0)
		r = volume_apply(&volume, false, config, diag);
	return r < 0 ? diag_wrap(diag, r, "--volume %s", text) : 0;
}

static int apply_volumes(const struct host_settings *settings,
			 char *const *requests, struct config *config,
			 struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < settings->volume_count; i++) {
		const struct host_volume *volume = &settings->volumes[i];

		r = volume_apply(&volume->volume, true, config, diag);
		if (r < 0)
			return location_wrap(diag, r, &volume->at);
	}
	for (; r == 0 && requests && *requests; requests++)
		r = apply_request(*requests, config, diag);
	return r;
}

/* --- What is forbidden ---------------------------------------------------- */

static bool asks_for(const struct config *config, enum host_power power)
{
	switch (power) {
	case POWER_NETWORK_HOST:
		return config->network == CONFIG_NETWORK_HOST;
	case POWER_NETWORK_OWN:
		return config->network == CONFIG_NETWORK_OWN;
	case POWER_CONNECT:
		return config->connect_count > 0;
	case POWER_SHARE:
		return config->share_count > 0;
	case POWER_PERSIST:
		return config->persist_count > 0;
	case POWER_SYSCALL:
		return config->allowed_syscalls && config->allowed_syscalls[0];
	case HOST_POWERS:
		break;
	}
	return false;
}

static int forbidden(const struct location *at, const char *what,
		     const char *which, struct diag *diag)
{
	diag_set(diag, -EPERM, "the jail asks for %s%s%s, which is forbidden",
		 what, which ? " " : "", which ? which : "");
	location_wrap(diag, -EPERM, at);
	diag_hint(diag, "permit in " HOST_SETTINGS_DIRECTORY "/NAME.conf "
			"makes an exception for this jail");
	return -EPERM;
}

static int check_forbidden(const struct host_settings *settings,
			   const struct config *config, struct diag *diag)
{
	static const char *const names[] = {
		[POWER_NETWORK_HOST] = "network host",
		[POWER_NETWORK_OWN] = "network own",
		[POWER_CONNECT] = "connect",
		[POWER_SHARE] = "share",
		[POWER_PERSIST] = "persist",
		[POWER_SYSCALL] = "allow syscall",
	};

	for (unsigned int i = 0; i < HOST_POWERS; i++)
		if (settings->forbidden[i].line && asks_for(config, i))
			return forbidden(&settings->forbidden[i], names[i],
					 NULL, diag);
	for (int i = 0; i < 64; i++)
		if (settings->forbidden_capabilities[i].line &&
		    config->capabilities >> i & 1)
			return forbidden(&settings->forbidden_capabilities[i],
					 "allow capability", capability_name(i),
					 diag);
	return 0;
}

/* --- Ports ---------------------------------------------------------------- */

/* True if one of the requests is about the same port of the jail. */
static bool is_requested(char *const *requests,
			 const struct listen_mapping *mapping)
{
	for (; requests && *requests; requests++) {
		struct listen_mapping other;

		if (listen_mapping_parse(*requests, &other, NULL) == 0 &&
		    other.jail_port == mapping->jail_port &&
		    other.udp == mapping->udp)
			return true;
	}
	return false;
}

int host_settings_listens(const struct host_settings *settings,
			  char *const *requests, char ***ret_listens,
			  struct diag *diag)
{
	char **listens = NULL;
	int r = copy_strings(requests, &listens);

	for (char **said = settings->listens; r == 0 && said && *said; said++) {
		struct listen_mapping mapping;

		r = listen_mapping_parse(*said, &mapping, diag);
		if (r == 0 && !is_requested(requests, &mapping))
			r = strv_append(&listens, *said);
	}
	if (r < 0) {
		strv_free(listens);
		return r == -ENOMEM ? diag_oom(diag) : r;
	}
	*ret_listens = listens;
	return 0;
}

/* --- All of it ------------------------------------------------------------ */

/* The parts may be good and not go together. */
static int check(const struct config *config, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int r = config_write(config, &json, diag);

	return r < 0 ? diag_wrap(diag, r, "with the host's settings") : 0;
}

int host_settings_apply(const struct host_settings *settings,
			const struct host_requests *requests,
			struct config *config, struct diag *diag)
{
	int r = apply_network(settings, config, diag);

	if (r == 0)
		r = apply_addresses(requests->addresses, config, diag);
	if (r == 0)
		r = apply_connect(settings, config, diag);
	if (r == 0)
		r = apply_limits(settings, requests->limits, config, diag);
	/* What the host adds itself it does not forbid. */
	if (r == 0)
		r = check_forbidden(settings, config, diag);
	if (r == 0)
		r = apply_volumes(settings, requests->volumes, config, diag);
	return r < 0 ? r : check(config, diag);
}
