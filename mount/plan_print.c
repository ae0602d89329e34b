/* The steps of a plan in words. */
#include "mount/plan.h"

#include <inttypes.h>
#include <jansson.h>

#include "lib/json_text.h"
#include "lib/path.h"
#include "mount/cgroup.h"

struct step_type {
	const char *name;
	enum step_phase phase;
	void (*describe)(const struct plan *plan, const struct step *step,
			 struct buf *text);
};

static void describe_user_namespace(const struct plan *plan,
				    const struct step *step UNUSED,
				    struct buf *text)
{
	const struct plan_options *options = &plan->options;

	buf_printf(text, "ids 0 to %" PRIu32 " are the host's %" PRIu32 " on",
		   options->range_length - 1, options->range_base);
}

static void describe_cgroup(const struct plan *plan,
			    const struct step *step UNUSED, struct buf *text)
{
	const struct config_limits *limits = &plan->config->limits;

	buf_printf(text, "jailmount/%s: processes %" PRIu64, plan->options.jail,
		   limits->processes ? limits->processes
				     : (uint64_t)CGROUP_DEFAULT_PROCESSES);
	if (limits->memory_bytes)
		buf_printf(text, ", memory %" PRIu64 " bytes",
			   limits->memory_bytes);
	if (limits->cpu_permille)
		buf_printf(text, ", cpu %" PRIu32 ".%" PRIu32 "%%",
			   limits->cpu_permille / 10,
			   limits->cpu_permille % 10);
}

static void describe_loop(const struct plan *plan UNUSED,
			  const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "the verified image, read-only");
}

static void describe_verity(const struct plan *plan UNUSED,
			    const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "the kernel holds what is read of it against its root "
		       "hash");
}

static void describe_squashfs(const struct plan *plan UNUSED,
			      const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "ro,nosuid,nodev");
}

static void describe_idmap(const struct plan *plan UNUSED,
			   const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "the image's owners into the range");
}

static void describe_layer(const struct plan *plan UNUSED,
			   const struct step *step, struct buf *text)
{
	buf_printf(text,
		   "tmpfs for %s: %" PRIu64 " bytes, %" PRIu64
		   " inodes, nosuid,nodev,noexec",
		   step->layer->path, step->layer->bytes, step->layer->inodes);
}

static void describe_places(const struct plan *plan,
			    const struct step *step UNUSED, struct buf *text)
{
	const struct config *config = plan->config;

	for (size_t i = 0; i < config->persist_count; i++)
		buf_printf(text, "%s%s kept%s", i ? ", " : "",
			   config->persists[i].path,
			   config->persists[i].read_only ? ", ro" : "");
	for (size_t i = 0; i < config->share_count; i++)
		buf_printf(text, "%s%s shared at %s%s",
			   i || config->persist_count ? ", " : "",
			   config->shares[i].source, config->shares[i].path,
			   config->shares[i].writable ? "" : ", ro");
	buf_puts(text, "; nosuid,nodev,noexec, owners mapped");
}

static void describe_limit(struct buf *text, const char *what, uint64_t most)
{
	if (most)
		buf_printf(text, ", %s %" PRIu64, what, most);
}

static void describe_io_limits(const struct plan *plan,
			       const struct step *step UNUSED, struct buf *text)
{
	const struct config_io_limits *io = &plan->config->limits.io;

	buf_puts(text, "of each device, in a second");
	describe_limit(text, "bytes read", io->read_bytes);
	describe_limit(text, "bytes written", io->write_bytes);
	describe_limit(text, "reads", io->read_operations);
	describe_limit(text, "writes", io->write_operations);
}

static void describe_network(const struct plan *plan,
			     const struct step *step UNUSED, struct buf *text)
{
	char **addresses = plan->config->addresses;

	for (size_t i = 0; addresses && addresses[i]; i++)
		buf_printf(text, "%s%s", i ? " " : "", addresses[i]);
	buf_puts(text, "; in comes what it listens on, out goes what it may "
		       "call");
}

static const char *described_namespaces(enum config_network network)
{
	switch (network) {
	case CONFIG_NETWORK_HOST:
		return "and uts, but not network,";
	case CONFIG_NETWORK_OWN:
		return "and uts";
	case CONFIG_NETWORK_SEALED:
		break;
	}
	return "uts and network";
}

static void describe_private(const struct plan *plan,
			     const struct step *step UNUSED, struct buf *text)
{
	buf_printf(text,
		   "new mount, pid, ipc, %s namespaces; no mount event leaves "
		   "or enters",
		   described_namespaces(plan->config->network));
}

static void describe_root(const struct plan *plan UNUSED,
			  const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "the image");
}

static void describe_dev(const struct plan *plan,
			 const struct step *step UNUSED, struct buf *text)
{
	const struct config *config = plan->config;

	buf_puts(text, "/dev, ro,nosuid,noexec:");
	for (size_t i = 0; i < config->device_count; i++)
		buf_printf(text, " %s", path_name(config->devices[i].path));
	if (config->log_stdout)
		buf_puts(text, " stdout");
	if (config->log_stderr)
		buf_puts(text, " stderr");
	if (config->log_syslog)
		buf_puts(text, " log");
	if (config->ready == CONFIG_READY_NOTIFY)
		buf_puts(text, " notify");
}

static void describe_path(const struct plan *plan UNUSED,
			  const struct step *step, struct buf *text)
{
	buf_puts(text, step->layer->path);
}

static void describe_hosts(const struct plan *plan,
			   const struct step *step UNUSED, struct buf *text)
{
	const struct config *config = plan->config;
	bool any = false;

	buf_puts(text, "/etc/hosts, ro, with the addresses of");
	for (size_t i = 0; i < config->connect_count; i++) {
		if (!endpoint_has_name(&config->connects[i]))
			continue;
		buf_printf(text, "%s %s", any ? "," : "",
			   config->connects[i].host);
		any = true;
	}
}

static void describe_proc(const struct plan *plan UNUSED,
			  const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "/proc, ro, processes only, others' invisible");
}

static void describe_hostname(const struct plan *plan,
			      const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, plan->config->hostname);
}

static void describe_pivot(const struct plan *plan UNUSED,
			   const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "the host's files go out of sight");
}

static void describe_rlimits(const struct plan *plan,
			     const struct step *step UNUSED, struct buf *text)
{
	const struct config_limits *limits = &plan->config->limits;

	buf_puts(text, "no core dumps");
	if (limits->files)
		buf_printf(text, ", files %" PRIu64, limits->files);
	if (limits->file_bytes)
		buf_printf(text, ", file size %" PRIu64 " bytes",
			   limits->file_bytes);
	if (limits->cpu_seconds)
		buf_printf(text, ", cpu time %" PRIu64 " s",
			   limits->cpu_seconds);
}

static void describe_enter(const struct plan *plan UNUSED,
			   const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, "which owns none of the others; no further ones");
}

static void describe_landlock(const struct plan *plan,
			      const struct step *step UNUSED, struct buf *text)
{
	buf_puts(text, plan->config->network == CONFIG_NETWORK_SEALED
			       ? "no TCP connection begins here, no TCP port "
				 "is taken"
			       : "no abstract sockets of the host's");
	buf_puts(text, "; what is not the image's is not executed");
}

static void describe_seccomp(const struct plan *plan,
			     const struct step *step UNUSED, struct buf *text)
{
	char **names = plan->config->allowed_syscalls;

	buf_puts(text, "the default list");
	for (size_t i = 0; names && names[i]; i++)
		buf_printf(text, "%s %s", i ? "," : " and", names[i]);
}

static void describe_capabilities(const struct plan *plan,
				  const struct step *step UNUSED,
				  struct buf *text)
{
	bool any = false;

	for (int i = 0; i < 64; i++) {
		const char *name;

		if (!(plan->config->capabilities >> i & 1))
			continue;
		name = capability_name(i);
		buf_printf(text, "%s%s", any ? " " : "",
			   name ? name : "an unknown one");
		any = true;
	}
	if (!any)
		buf_puts(text, "none");
}

static const struct step_type types[] = {
	[STEP_USER_NAMESPACE] = { "user-namespace", PHASE_HOST,
				  describe_user_namespace },
	[STEP_CGROUP] = { "cgroup", PHASE_HOST, describe_cgroup },
	[STEP_LOOP] = { "loop", PHASE_HOST, describe_loop },
	[STEP_VERITY] = { "verity", PHASE_HOST, describe_verity },
	[STEP_SQUASHFS] = { "squashfs", PHASE_HOST, describe_squashfs },
	[STEP_IDMAP] = { "idmap", PHASE_HOST, describe_idmap },
	[STEP_LAYER] = { "layer", PHASE_HOST, describe_layer },
	[STEP_PLACES] = { "places", PHASE_HOST, describe_places },
	[STEP_IO_LIMITS] = { "io-limits", PHASE_HOST, describe_io_limits },
	[STEP_NETWORK] = { "network", PHASE_JAIL, describe_network },
	[STEP_ATTACH_PLACES] = { "attach-places", PHASE_JAIL, NULL },
	[STEP_PRIVATE] = { "private", PHASE_JAIL, describe_private },
	[STEP_ROOT] = { "root", PHASE_JAIL, describe_root },
	[STEP_DEV] = { "dev", PHASE_JAIL, describe_dev },
	[STEP_WRITABLE] = { "writable", PHASE_JAIL, describe_path },
	[STEP_OVERLAY] = { "overlay", PHASE_JAIL, describe_path },
	[STEP_HOSTS] = { "hosts", PHASE_JAIL, describe_hosts },
	[STEP_PROC] = { "proc", PHASE_JAIL, describe_proc },
	[STEP_HOSTNAME] = { "hostname", PHASE_JAIL, describe_hostname },
	[STEP_PIVOT] = { "pivot", PHASE_JAIL, describe_pivot },
	[STEP_CGROUP_NAMESPACE] = { "cgroup-namespace", PHASE_JAIL, NULL },
	[STEP_RLIMITS] = { "rlimits", PHASE_LAST, describe_rlimits },
	[STEP_ENTER_USER_NAMESPACE] = { "enter-user-namespace", PHASE_LAST,
					describe_enter },
	[STEP_KEYRING] = { "keyring", PHASE_LAST, NULL },
	[STEP_NO_NEW_PRIVS] = { "no-new-privs", PHASE_LAST, NULL },
	[STEP_LANDLOCK] = { "landlock", PHASE_LAST, describe_landlock },
	[STEP_SECCOMP] = { "seccomp", PHASE_LAST, describe_seccomp },
	[STEP_CAPABILITIES] = { "capabilities", PHASE_LAST,
				describe_capabilities },
};

enum step_phase step_phase(enum step_kind kind)
{
	return types[kind].phase;
}

const char *step_name(enum step_kind kind)
{
	return types[kind].name;
}

static const char *phase_name(enum step_phase phase)
{
	static const char *const names[] = {
		[PHASE_HOST] = "host",
		[PHASE_JAIL] = "jail",
		[PHASE_LAST] = "last",
	};

	return names[phase];
}

static int print_text(const struct plan *plan, struct buf *text,
		      struct diag *diag)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct step_type *type = &types[plan->steps[i].kind];

		buf_printf(text, "%s  %s", phase_name(type->phase), type->name);
		if (type->describe) {
			buf_puts(text, ": ");
			type->describe(plan, &plan->steps[i], text);
		}
		buf_putc(text, '\n');
	}
	return buf_check(text) < 0 ? diag_oom(diag) : 0;
}

static int print_json(const struct plan *plan, struct buf *text,
		      struct diag *diag)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < plan->step_count; i++) {
		const struct step_type *type = &types[plan->steps[i].kind];
		CLEANUP_BUF struct buf detail = BUF_INIT;
		json_t *object;

		if (type->describe)
			type->describe(plan, &plan->steps[i], &detail);
		object = json_pack("{s:s, s:s, s:s}", "phase",
				   phase_name(type->phase), "step", type->name,
				   "detail", detail.data ? detail.data : "");
		if (buf_check(&detail) < 0 ||
		    json_array_append_new(array, object) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return json_answer(array, text, diag);
}

int plan_print(const struct plan *plan, bool json, struct buf *text,
	       struct diag *diag)
{
	return json ? print_json(plan, text, diag)
		    : print_text(plan, text, diag);
}
