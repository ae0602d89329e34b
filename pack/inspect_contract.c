#include "pack/inspect.h"

#include "lib/printable.h"

#include <inttypes.h>
#include <sys/stat.h>

/* Every line of the answer begins like this. */
static void label(struct buf *text, const char *name)
{
	buf_printf(text, "%-13s", name);
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
			buf_printf(text, ", mode %04o, owner %u:%u",
				   (unsigned int)layer->mode, layer->uid,
				   layer->gid);
		buf_putc(text, '\n');
	}
}

static void show_devices(struct buf *text, const struct config *config)
{
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
		buf_printf(text, "%s%s%s\n",
			   config->log_stdout ? "/dev/stdout " : "",
			   config->log_stderr ? "/dev/stderr " : "",
			   config->log_syslog ? "/dev/log" : "");
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

static void show_limits(struct buf *text, const struct config_limits *limits)
{
	show_limit(text, "processes", limits->processes, "");
	if (limits->memory_bytes) {
		label(text, "memory");
		buf_puts(text, "at most ");
		show_limit_size(text, limits->memory_bytes);
		buf_putc(text, '\n');
	}
	if (limits->cpu_permille) {
		label(text, "cpu");
		buf_printf(text, "at most %u.%u %% of a processor\n",
			   limits->cpu_permille / 10,
			   limits->cpu_permille % 10);
	}
	show_limit(text, "cpu time", limits->cpu_seconds, " s a process");
	show_limit(text, "open files", limits->files, " a process");
	show_limit(text, "file size", limits->file_bytes, " bytes");
}

static void show_powers(struct buf *text, const struct config *config)
{
	label(text, "capabilities");
	if (!config->capabilities)
		buf_puts(text, "none");
	for (int i = 0; i < 64; i++) {
		if (config->capabilities >> i & 1)
			buf_printf(text, "%s ", capability_name(i));
	}
	buf_putc(text, '\n');
	show_words(text, "system calls", config->allowed_syscalls);
}

static void show_life(struct buf *text, const struct config *config)
{
	const char *signal = signal_name(config->stop_signal);

	label(text, "ready");
	if (config->ready == CONFIG_READY_HTTP) {
		buf_puts(text, "when it answers a GET of ");
		printable_puts(text, config->ready_path);
	} else {
		buf_puts(text, config->ready == CONFIG_READY_LISTEN
				       ? "when it listens"
				       : "when it runs");
	}
	buf_printf(text, ", within %u ms\n", config->ready_milliseconds);
	label(text, "stop");
	if (signal)
		buf_printf(text, "SIG%s", signal);
	else
		buf_printf(text, "signal %d", config->stop_signal);
	buf_printf(text, ", then %u ms to finish\n",
		   config->drain_milliseconds);
}

void show_contract(struct buf *text, const struct config *config)
{
	show_text(text, "summary", config->summary);
	show_words(text, "runs", config->arguments);
	show_text(text, "in", config->workdir);
	show_words(text, "environment", config->environment);
	show_text(text, "host name", config->hostname);
	if (config->listen_count) {
		label(text, "listens");
		for (size_t i = 0; i < config->listen_count; i++)
			buf_printf(text, "%u/%s%c", config->listens[i].port,
				   config->listens[i].udp ? "udp" : "tcp",
				   i + 1 < config->listen_count ? ' ' : '\n');
	}
	show_layers(text, config);
	show_devices(text, config);
	show_powers(text, config);
	show_limits(text, &config->limits);
	show_life(text, config);
}
