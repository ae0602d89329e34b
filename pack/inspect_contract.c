#include "pack/inspect.h"

#include "lib/printable.h"
#include "lib/show.h"

#include <inttypes.h>
#include <sys/stat.h>

/* Every line of the answer begins like this. */
static void label(struct buf *text, const char *name)
{
	buf_printf(text, "%-*s", INSPECT_COLUMN, name);
}

/* One more word of a line. */
static void add_word(struct buf *text, bool *any, const char *word)
{
	buf_printf(text, "%s%s", *any ? " " : "", word);
	*any = true;
}

static void show_words(struct buf *text, const char *name, char *const *words)
{
	if (!words || !*words)
		return;
	label(text, name);
	for (; *words; words++) {
		printable_puts(text, *words);
		buf_putc(text, words[1] ? ' ' : '\n');
	}
}

static void show_text(struct buf *text, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	label(text, name);
	printable_puts(text, value);
	buf_putc(text, '\n');
}

/* What was asked for in powers of 1024 is shown so. */
static void show_limit_size(struct buf *text, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	size_t unit = 0;

	while (unit + 1 < ARRAY_SIZE(units) && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	buf_printf(text, "%" PRIu64 " %s", bytes, units[unit]);
}

static void show_owner(struct buf *text, mode_t mode, uint32_t uid,
		       uint32_t gid)
{
	buf_printf(text, ", mode %04o, owner %u:%u", (unsigned int)mode, uid,
		   gid);
}

static void show_layers(struct buf *text, const struct config *config)
{
	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		label(text, layer->kind == CONFIG_LAYER_OVERLAY ? "overlay"
								: "writable");
		printable_puts(text, layer->path);
		buf_puts(text, ", at most ");
		show_limit_size(text, layer->bytes);
		buf_printf(text, " and %" PRIu64 " files", layer->inodes);
		if (layer->kind == CONFIG_LAYER_WRITABLE)
			show_owner(text, layer->mode, layer->uid, layer->gid);
		buf_putc(text, '\n');
	}
}

static void show_places(struct buf *text, const struct config *config)
{
	for (size_t i = 0; i < config->persist_count; i++) {
		const struct config_persist *persist = &config->persists[i];

		label(text, "persistent");
		printable_puts(text, persist->path);
		if (persist->bytes) {
			buf_puts(text, ", at most ");
			show_limit_size(text, persist->bytes);
		}
		show_owner(text, persist->mode, persist->uid, persist->gid);
		buf_putc(text, '\n');
	}
	for (size_t i = 0; i < config->share_count; i++) {
		const struct config_share *share = &config->shares[i];

		label(text, "shared");
		printable_puts(text, share->path);
		buf_puts(text, ", the host's ");
		printable_puts(text, share->source);
		buf_puts(text,
			 share->writable ? ", writable\n" : ", read-only\n");
	}
	show_words(text, "tripwires", config->tripwires);
}

static void show_devices(struct buf *text, const struct config *config)
{
	bool any = false;

	if (config->device_count) {
		label(text, "devices");
		for (size_t i = 0; i < config->device_count; i++) {
			printable_puts(text, config->devices[i].path);
			buf_putc(text,
				 i + 1 < config->device_count ? ' ' : '\n');
		}
	}
	if (config->log_stdout || config->log_stderr || config->log_syslog) {
		label(text, "log");
		if (config->log_stdout)
			add_word(text, &any, "/dev/stdout");
		if (config->log_stderr)
			add_word(text, &any, "/dev/stderr");
		if (config->log_syslog)
			add_word(text, &any, "/dev/log");
		buf_putc(text, '\n');
	}
	if (config->proc)
		show_text(text, "mounts", "/proc");
}

static void show_limit(struct buf *text, const char *name, uint64_t value,
		       const char *unit)
{
	if (!value)
		return;
	label(text, name);
	buf_printf(text, "at most %" PRIu64 "%s\n", value, unit);
}

static void show_size_limit(struct buf *text, const char *name, uint64_t bytes,
			    const char *unit)
{
	if (!bytes)
		return;
	label(text, name);
	buf_puts(text, "at most ");
	show_limit_size(text, bytes);
	buf_printf(text, "%s\n", unit);
}

static void show_limits(struct buf *text, const struct config_limits *limits)
{
	show_limit(text, "processes", limits->processes, "");
	show_size_limit(text, "memory", limits->memory_bytes, "");
	if (limits->cpu_permille) {
		label(text, "cpu");
		buf_printf(text, "at most %u.%u %% of a processor\n",
			   limits->cpu_permille / 10,
			   limits->cpu_permille % 10);
	}
	show_limit(text, "cpu time", limits->cpu_seconds, " s a process");
	show_limit(text, "open files", limits->files, " a process");
	show_size_limit(text, "file size", limits->file_bytes, "");
	show_size_limit(text, "reads", limits->io.read_bytes, " a second");
	show_size_limit(text, "writes", limits->io.write_bytes, " a second");
	show_limit(text, "reads", limits->io.read_operations, " a second");
	show_limit(text, "writes", limits->io.write_operations, " a second");
}

static void show_powers(struct buf *text, const struct config *config)
{
	bool any = false;

	label(text, "capabilities");
	if (!config->capabilities)
		buf_puts(text, "none");
	for (int i = 0; i < 64; i++) {
		if (config->capabilities >> i & 1)
			add_word(text, &any, capability_name(i));
	}
	buf_putc(text, '\n');
	show_words(text, "system calls", config->allowed_syscalls);
}

static void show_ready(struct buf *text, const struct config *config)
{
	label(text, "ready");
	switch (config->ready) {
	case CONFIG_READY_EXEC:
		buf_puts(text, "when it runs");
		break;
	case CONFIG_READY_LISTEN:
		buf_puts(text, "when it listens");
		break;
	case CONFIG_READY_HTTP:
		buf_puts(text, "when it answers a GET of ");
		printable_puts(text, config->ready_path);
		break;
	case CONFIG_READY_NOTIFY:
		buf_puts(text, "when it says so");
		break;
	}
	buf_puts(text, ", within ");
	show_duration(text, config->ready_milliseconds);
	buf_putc(text, '\n');
}

static void show_restore(struct buf *text, const struct config *config)
{
	const struct config_restore *restore = &config->restore;
	const struct config_health *health = &config->health;
	enum config_restore_cause cause;
	const char *word;
	bool any = false;

	if (health->path) {
		label(text, "healthy");
		buf_puts(text, "while it answers a GET of ");
		printable_puts(text, health->path);
		buf_puts(text, ", each ");
		show_duration(text, health->every_milliseconds);
		buf_puts(text, ", within ");
		show_duration(text, health->timeout_milliseconds);
		buf_puts(text, "; until that fails ");
		show_count(text, health->failures, "time");
		buf_puts(text, " in a row\n");
	}
	if (restore->every_milliseconds) {
		label(text, "restored");
		buf_puts(text, "each ");
		show_duration(text, restore->every_milliseconds);
		if (restore->jitter_milliseconds) {
			buf_puts(text, ", and up to ");
			show_duration(text, restore->jitter_milliseconds);
		}
		buf_putc(text, '\n');
	}
	if (restore->causes) {
		label(text, "restored on");
		for (size_t i = 0; (word = config_restore_word(i, &cause)); i++)
			if (restore->causes & cause)
				add_word(text, &any, word);
		buf_putc(text, '\n');
	}
}

static void show_life(struct buf *text, const struct config *config)
{
	const char *signal = signal_name(config->stop_signal);

	show_ready(text, config);
	label(text, "stop");
	if (signal)
		buf_printf(text, "SIG%s", signal);
	else
		buf_printf(text, "signal %d", config->stop_signal);
	buf_puts(text, ", then ");
	show_duration(text, config->drain_milliseconds);
	buf_puts(text, " to finish\n");
	show_restore(text, config);
}

static void show_services(struct buf *text, const struct config *config)
{
	if (config->service_count == 0)
		show_words(text, "runs", config->arguments);
	for (size_t i = 0; i < config->service_count; i++) {
		const struct config_service *service = &config->services[i];

		show_words(text, "runs", service->arguments);
		label(text, "  as");
		printable_puts(text, service->name);
		if (service->per_connection)
			buf_printf(text,
				   ", for each connection to %u/tcp, at most "
				   "%u at once",
				   service->port, service->at_most);
		if (service->source_most) {
			buf_printf(text, ", %u from one address in ",
				   service->source_most);
			show_duration(text, service->source_milliseconds);
		}
		buf_putc(text, '\n');
	}
}

static void show_network(struct buf *text, const struct config *config)
{
	if (config->listen_count) {
		label(text, "listens");
		for (size_t i = 0; i < config->listen_count; i++) {
			config_listen_put(&config->listens[i], text);
			buf_putc(text,
				 i + 1 < config->listen_count ? ' ' : '\n');
		}
	}
	if (config->connect_count) {
		label(text, "calls");
		for (size_t i = 0; i < config->connect_count; i++) {
			endpoint_put(text, &config->connects[i]);
			buf_putc(text,
				 i + 1 < config->connect_count ? ' ' : '\n');
		}
	}
	if (config->network == CONFIG_NETWORK_HOST)
		show_text(text, "network", "the host's");
	show_words(text, "addresses", config->addresses);
}

void show_contract(struct buf *text, const struct config *config)
{
	show_text(text, "summary", config->summary);
	show_services(text, config);
	show_text(text, "in", config->workdir);
	show_words(text, "environment", config->environment);
	show_text(text, "host name", config->hostname);
	show_network(text, config);
	show_layers(text, config);
	show_places(text, config);
	show_devices(text, config);
	show_powers(text, config);
	show_limits(text, &config->limits);
	show_life(text, config);
}
