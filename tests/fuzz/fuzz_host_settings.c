/*
 * The host's settings. Whatever they are, a mistake has its place, and the
 * contract that comes of them is one that a jail can be run from.
 */
/* links: mount/host_settings_read.o mount/host_settings_words.o
 * mount/host_settings_network.o mount/host_settings_powers.o
 * mount/host_settings_apply.o mount/volume.o mount/listen_table.o
 * mount/socket_address.o mount/state.o mount/state_range.o */
#include "tests/fuzz/fuzz.h"

#include "mount/host_settings.h"

#include <signal.h>
#include <string.h>

static void make_contract(struct config *config)
{
	*config = (struct config){
		.name = strdup("web"),
		.stop_signal = SIGTERM,
		.ready = CONFIG_READY_EXEC,
		.limits.memory_bytes = 1 << 20,
		.persists = calloc(1, sizeof(*config->persists)),
		.shares = calloc(1, sizeof(*config->shares)),
	};
	if (strv_append(&config->arguments, "/web") < 0 || !config->persists ||
	    !config->shares)
		abort();
	config->persists[config->persist_count++].path = strdup("/data");
	config->shares[config->share_count++] = (struct config_share){
		.source = strdup("/srv/www"),
		.path = strdup("/www"),
	};
}

/* What was applied without a complaint is whole. */
static void check(const struct config *config)
{
	CLEANUP_CONFIG struct config back = CONFIG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (config_write(config, &json, NULL) < 0 ||
	    config_read(json.data, json.length, &back, NULL) < 0)
		abort();
}

static void apply(const struct host_settings *settings)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct host_requests requests = { NULL, NULL, NULL };
	char **listens = NULL;

	make_contract(&config);
	if (host_settings_apply(settings, &requests, &config, &diag) == 0)
		check(&config);
	else if (!diag.text)
		abort();
	if (host_settings_listens(settings, NULL, &listens, NULL) < 0)
		abort();
	strv_free(listens);
}

/* The first byte chooses the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (size == 0)
		return 0;
	if (host_settings_read(&settings, "x.conf", (const char *)data + 1,
			       size - 1, *data == 'd', &diag) == 0)
		apply(&settings);
	else if (!diag.text || strncmp(diag.text, "x.conf:", 7) != 0)
		abort();
	return 0;
}
