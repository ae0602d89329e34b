/* systemd.service(5), systemd.exec(5), systemd.resource-control(5). */
#include "lib/path.h"
#include "pack/export.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/* A word of a command line or of Environment=, systemd.syntax(7): specifiers
 * and variables mean nothing in it. */
static void put_word(struct buf *unit, const char *word, bool command)
{
	buf_putc(unit, '"');
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (c == '%')
			buf_puts(unit, "%%");
		else if (c == '$' && command)
			buf_puts(unit, "$$");
		else if (c == '"' || c == '\\')
			buf_printf(unit, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_printf(unit, "\\x%02x", c);
		else
			buf_putc(unit, (char)c);
	}
	buf_putc(unit, '"');
}

static void put_command(const struct config *config, struct buf *unit)
{
	buf_puts(unit, "ExecStart=");
	for (char *const *word = config->arguments; *word; word++) {
		if (word != config->arguments)
			buf_putc(unit, ' ');
		put_word(unit, *word, true);
	}
	buf_putc(unit, '\n');
	for (char *const *word = config->environment; word && *word; word++) {
		buf_puts(unit, "Environment=");
		put_word(unit, *word, false);
		buf_putc(unit, '\n');
	}
	buf_puts(unit, "WorkingDirectory=");
	buf_puts(unit, config->workdir);
	buf_putc(unit, '\n');
}

static void put_life(const struct config *config, struct buf *unit)
{
	const char *signal = sigabbrev_np(config->stop_signal);

	buf_printf(unit, "Type=%s\nRestart=on-failure\n",
		   config->ready == CONFIG_READY_NOTIFY ? "notify" : "exec");
	buf_printf(unit, "KillSignal=SIG%s\nKillMode=mixed\n",
		   signal ? signal : "TERM");
	buf_printf(unit, "TimeoutStopSec=%" PRIu32 "ms\n",
		   config->drain_milliseconds);
	/* The journal's socket cannot be opened by that name; a file can. */
	if (config->log_stdout || config->log_stderr)
		buf_printf(unit,
			   "StandardOutput=append:/var/log/%s.log\n"
			   "StandardError=inherit\n",
			   config->name);
}

static void put_powers(const struct config *config, struct buf *unit)
{
	buf_puts(unit, "CapabilityBoundingSet=");
	for (int i = 0; i < 64; i++)
		if (config->capabilities >> i & 1)
			buf_printf(unit, "%s ", capability_name(i));
	if (export_has_low_port(config))
		buf_puts(unit, "CAP_NET_BIND_SERVICE");
	buf_puts(unit, "\nNoNewPrivileges=yes\n"
		       "SystemCallArchitectures=native\n"
		       "SystemCallFilter=@system-service");
	for (char *const *name = config->allowed_syscalls; name && *name;
	     name++)
		buf_printf(unit, " %s", *name);
	/* Like jailmount, it answers instead of killing. */
	buf_puts(unit, "\nSystemCallErrorNumber=EPERM\n"
		       "LockPersonality=yes\n"
		       "RestrictNamespaces=yes\n"
		       "RestrictRealtime=yes\n"
		       "RestrictSUIDSGID=yes\n"
		       "KeyringMode=private\n"
		       "UMask=0022\n");
}

static void put_surroundings(struct buf *unit)
{
	/* No PrivateIPC=: systemd enters that namespace before it sets up the
	 * image's dm-verity, whose device-mapper then waits for udev at a
	 * semaphore that udev does not see. */
	buf_puts(unit, "PrivateDevices=yes\n"
		       "PrivateTmp=no\n"
		       "ProtectSystem=strict\n"
		       "ProtectHome=yes\n"
		       "ProtectClock=yes\n"
		       "ProtectControlGroups=yes\n"
		       "ProtectHostname=yes\n"
		       "ProtectKernelLogs=yes\n"
		       "ProtectKernelModules=yes\n"
		       "ProtectKernelTunables=yes\n"
		       "ProtectProc=invisible\n"
		       "ProcSubset=pid\n"
		       "MountAPIVFS=yes\n"
		       "RemoveIPC=yes\n");
}

static void put_network(const struct config *config, struct buf *unit)
{
	if (config->listen_count == 0 && config->connect_count == 0 &&
	    config->network == CONFIG_NETWORK_SEALED) {
		buf_puts(unit, "PrivateNetwork=yes\n"
			       "RestrictAddressFamilies=AF_UNIX\n");
		return;
	}
	buf_puts(unit, "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n");
	for (size_t i = 0; i < config->listen_count; i++)
		buf_printf(unit, "SocketBindAllow=%s:%u\n",
			   config->listens[i].udp ? "udp" : "tcp",
			   config->listens[i].port);
	buf_puts(unit, "SocketBindDeny=any\n");
}

static void put_limits(const struct config *config, struct buf *unit)
{
	const struct config_limits *limits = &config->limits;
	const struct {
		const char *name;
		uint64_t value;
	} known[] = {
		{ "TasksMax", limits->processes },
		{ "MemoryMax", limits->memory_bytes },
		{ "LimitCPU", limits->cpu_seconds },
		{ "LimitNOFILE", limits->files },
		{ "LimitFSIZE", limits->file_bytes },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].value)
			buf_printf(unit, "%s=%" PRIu64 "\n", known[i].name,
				   known[i].value);
	if (limits->memory_bytes)
		buf_puts(unit, "MemorySwapMax=0\n");
	if (limits->cpu_permille)
		buf_printf(unit, "CPUQuota=%" PRIu32 "%%\n",
			   (limits->cpu_permille + 9) / 10);
	buf_puts(unit, "LimitCORE=0\n");
}

/* Does the image have anything beneath a directory but empty ones? */
static bool has_files(const struct bill *bill, const char *path, bool any)
{
	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];

		if (path_within(file->path, path) &&
		    strcmp(file->path, path) != 0 &&
		    (any || !S_ISDIR(file->mode)))
			return true;
	}
	return false;
}

static void put_fresh(const struct config_layer *layer, const char *path,
		      mode_t mode, uint32_t uid, uint32_t gid, struct buf *unit)
{
	buf_printf(unit,
		   "TemporaryFileSystem=%s:size=%" PRIu64 ",nr_inodes=%" PRIu64
		   ",mode=%04o,uid=%" PRIu32 ",gid=%" PRIu32
		   ",nosuid,nodev,noexec\n",
		   path, layer->bytes, layer->inodes, mode & ALLPERMS, uid,
		   gid);
}

/*
 * systemd lays nothing writable over what an image has. Where that is nothing
 * but directories, each that holds none gets a file system of its own.
 */
static void put_overlay(const struct export_subject *export,
			const struct config_layer *layer, struct buf *unit)
{
	const struct bill *bill = &export->bill;

	if (has_files(bill, layer->path, false))
		buf_printf(unit,
			   "# %s cannot be written to: the image has files "
			   "there\n",
			   layer->path);
	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];

		if (S_ISDIR(file->mode) &&
		    path_within(file->path, layer->path) &&
		    !has_files(bill, file->path, true))
			put_fresh(layer, file->path, file->mode, file->uid,
				  file->gid, unit);
	}
}

static void put_layers(const struct export_subject *export, struct buf *unit)
{
	const struct config *config = &export->config;

	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		if (layer->kind == CONFIG_LAYER_WRITABLE)
			put_fresh(layer, layer->path, layer->mode, layer->uid,
				  layer->gid, unit);
		else
			put_overlay(export, layer, unit);
	}
	for (size_t i = 0; i < config->persist_count; i++)
		buf_printf(unit, "BindPaths=/var/lib/%s%s:%s\n", config->name,
			   config->persists[i].path, config->persists[i].path);
	for (size_t i = 0; i < config->share_count; i++)
		if (!path_has_pattern(config->shares[i].source))
			buf_printf(unit, "%s=%s:%s\n",
				   config->shares[i].writable
					   ? "BindPaths"
					   : "BindReadOnlyPaths",
				   config->shares[i].source,
				   config->shares[i].path);
}

int export_unit(const struct export_subject *export, const char *lines,
		struct buf *unit, struct diag *diag)
{
	const struct config *config = &export->config;

	buf_puts(unit, "[Unit]\nDescription=");
	buf_puts(unit, config->summary && *config->summary ? config->summary
							   : config->name);
	buf_puts(unit, "\nAfter=network.target\n\n[Service]\n");
	buf_puts(unit, lines);
	put_command(config, unit);
	put_life(config, unit);
	put_powers(config, unit);
	put_surroundings(unit);
	put_network(config, unit);
	put_limits(config, unit);
	put_layers(export, unit);
	buf_puts(unit, "\n[Install]\nWantedBy=multi-user.target\n");
	return buf_check(unit) < 0 ? diag_oom(diag) : 0;
}
