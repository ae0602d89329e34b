#include "mount/commands.h"

#include "lib/beneath.h"

#include "mount/diff.h"
#include "mount/guests.h"
#include "mount/status.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int handle_status(struct supervisor *supervisor, uint64_t client,
			 const json_t *request UNUSED, struct diag *diag UNUSED)
{
	control_answer(&supervisor->control, client, status_json(supervisor),
		       NULL, 0);
	return 0;
}

static int handle_stop(struct supervisor *supervisor, uint64_t client,
		       const json_t *request UNUSED, struct diag *diag UNUSED)
{
	const json_t *wanted = json_object_get(request, "evidence");

	supervisor_stop(supervisor, client,
			json_is_true(wanted)	? STOP_EVIDENCE_ALWAYS
			: json_is_false(wanted) ? STOP_EVIDENCE_NEVER
						: STOP_EVIDENCE_AFTER_ALARMS);
	return 0;
}

static int handle_restore(struct supervisor *supervisor, uint64_t client,
			  const json_t *request, struct diag *diag)
{
	bool evidence = !json_is_false(json_object_get(request, "evidence"));
	bool drill = json_is_true(json_object_get(request, "drill"));
	const json_t *quarantine = json_object_get(request, "quarantine");
	const struct restore_order order = {
		.client = client,
		.quarantine = json_integer_value(quarantine) * 1000,
		.reason = evidence && !drill ? "restored by order" : NULL,
		.drill = drill,
		.force = json_is_true(json_object_get(request, "force")),
	};

	if (order.quarantine < 0 || order.quarantine > QUARANTINE_MAX_US)
		return diag_set(diag, -EBADMSG, "no time for a quarantine");
	if (quarantine && !order.quarantine) {
		quarantine_end_all(supervisor);
		control_answer(&supervisor->control, client,
			       json_pack("{s:b}", "ended", 1), NULL, 0);
		return 0;
	}
	return restore_begin(supervisor, &order, diag);
}

/* What the client has parsed is looked at again: it may be anybody's. */
static int read_update(const json_t *request, struct update_order *order,
		       struct diag *diag)
{
	const json_t *listens = json_object_get(request, "listens");
	const json_t *trial = json_object_get(request, "trial");
	const char *word;
	size_t index;
	json_t *item;

	order->path = json_string_value(json_object_get(request, "image"));
	order->trial = json_integer_value(trial) * 1000;
	order->force = json_is_true(json_object_get(request, "force"));
	order->allow_unsigned =
		json_is_true(json_object_get(request, "unsigned"));
	order->downgrade = json_is_true(json_object_get(request, "downgrade"));
	order->evidence = !json_is_false(json_object_get(request, "evidence"));
	if (!order->path || *order->path != '/' || !json_is_integer(trial) ||
	    order->trial < 0 || order->trial > UPDATE_TRIAL_MAX_US)
		return diag_set(diag, -EBADMSG,
				"an absolute path and a time for the trial are "
				"wanted");
	json_array_foreach(listens, index, item)
	{
		word = json_string_value(item);
		if (!word)
			return diag_set(diag, -EBADMSG, "listens are texts");
		if (strv_append(&order->listens, word) < 0)
			return diag_oom(diag);
	}
	return 0;
}

static int handle_update(struct supervisor *supervisor, uint64_t client,
			 const json_t *request, struct diag *diag)
{
	struct update_order order = { .client = client };
	int r = read_update(request, &order, diag);

	if (r == 0)
		r = update_begin(supervisor, &order, diag);
	strv_free(order.listens);
	return r;
}

/* The generation that a command is about, or NULL with the reason. */
static struct life *find_current(const struct supervisor *supervisor,
				 struct diag *diag)
{
	if (connections_only(&supervisor->image->config))
		diag_set(diag, -ESRCH,
			 "it has a generation for each connection, and none "
			 "that stays");
	else if (!supervisor->current)
		diag_set(diag, -ESRCH, "its service has just ended");
	return supervisor->current;
}

static int handle_exec(struct supervisor *supervisor, uint64_t client,
		       const json_t *request UNUSED, struct diag *diag)
{
	struct life *life = find_current(supervisor, diag);
	CLEANUP_BUF struct buf contract = BUF_INIT;
	CLEANUP_CLOSE int channel = -1;
	json_t *answer;
	int fds[3];
	int r;

	if (!life)
		return -ESRCH;
	r = config_write(&life->setting->image->config, &contract, diag);
	if (r == 0)
		r = guests_expect(life, &channel, diag);
	if (r < 0)
		return r;
	fds[0] = life->setting->image->fd;
	fds[1] = life->generation->init_pidfd;
	fds[2] = channel;
	answer = json_pack(
		"{s:s,s:i,s:I,s:s*,s:s}", "name", supervisor->options->name,
		"generation", (int)life->number, "range_base",
		(json_int_t)life->plan.options.range_base, "delegated",
		supervisor->delegated, "contract", contract.data);
	control_answer(&supervisor->control, client, answer, fds,
		       ARRAY_SIZE(fds));
	return 0;
}

static int handle_service(struct supervisor *supervisor, uint64_t client,
			  const json_t *request, struct diag *diag)
{
	const char *name =
		json_string_value(json_object_get(request, "service"));
	const char *order =
		json_string_value(json_object_get(request, "order"));
	struct life *life = supervisor->current;

	if (!find_current(supervisor, diag))
		return -ESRCH;
	if (!name || !order)
		return diag_set(diag, -EBADMSG,
				"a service and an order to it "
				"are wanted");
	if (supervisor->stopping)
		return diag_set(diag, -ESHUTDOWN, "it is being stopped");
	if (!life->services.events) {
		diag_set(diag, -EOPNOTSUPP, "it has one service only");
		diag_hint(diag,
			  "a pristine one takes its place with: "
			  "jailmount %s --restore",
			  supervisor->options->name);
		return -EOPNOTSUPP;
	}
	return services_order(&life->services, name, order, client, diag);
}

/* Only what the one who asks has the root hash of. */
static int handle_lend(struct supervisor *supervisor, uint64_t client,
		       const json_t *request, struct diag *diag)
{
	const struct verified_image *image = supervisor->image;
	const struct superblock *superblock = supervisor->superblock;
	const char *wanted =
		json_string_value(json_object_get(request, "root_hash"));
	/* As borrow.c takes them. */
	const int fds[] = { superblock->image_fd, superblock->loop,
			    superblock->taint, superblock->verity.fd };
	bool verity = superblock->protection == PROTECTION_VERITY;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(image->layout.root_hash, hash);
	if (!wanted || strcmp(wanted, hash) != 0)
		return diag_set(diag, -ESTALE, "it runs another image");
	if (supervisor->options->unshared || supervisor->stopping ||
	    superblock->protection == PROTECTION_IN_PLACE ||
	    superblock->loop < 0 || (verity && superblock->verity.fd < 0))
		return diag_set(diag, -EPERM, "it shares nothing");
	if (superblock_is_tainted(superblock) ||
	    superblock_is_corrupted(superblock))
		return diag_set(diag, -EPERM,
				"there was an alarm, and it shares nothing "
				"until it is restored");
	supervisor->lent++;
	control_answer(&supervisor->control, client,
		       json_pack("{s:s}", "root_hash", hash), fds,
		       ARRAY_SIZE(fds) - !verity);
	return 0;
}

/* The directories that outlive the jail, all or none; the caller closes them.
 * How many descriptors there are then. */
static size_t add_kept(const struct life *life, int *fds, size_t count)
{
	const struct config *config = life->setting->plan->config;
	size_t before = count;

	if (config->persist_count > CONTROL_DESCRIPTORS_MAX - count)
		return count;
	for (size_t i = 0; i < config->persist_count; i++) {
		fds[count] = beneath_open(life->generation->image_root_fd,
					  config->persists[i].path,
					  O_RDONLY | O_DIRECTORY, 0);
		if (fds[count] >= 0) {
			count++;
			continue;
		}
		while (count > before)
			close_fd(&fds[--count]);
		break;
	}
	return count;
}

static int handle_diff(struct supervisor *supervisor, uint64_t client,
		       const json_t *request UNUSED, struct diag *diag)
{
	const struct life *life = find_current(supervisor, diag);
	int fds[CONTROL_DESCRIPTORS_MAX];
	size_t count = 0, layers;
	json_t *answer;

	if (!life)
		return -ESRCH;
	if (2 * life->generation->layer_count + 1 > ARRAY_SIZE(fds))
		return diag_set(diag, -E2BIG,
				"it has more than the %zu layers that can be "
				"compared",
				(ARRAY_SIZE(fds) - 1) / 2);
	fds[count++] = life->setting->image->fd;
	for (size_t i = 0; i < life->generation->layer_count; i++) {
		fds[count++] = life->generation->layer_fds[i];
		if (life->generation->lower_fds[i] >= 0)
			fds[count++] = life->generation->lower_fds[i];
	}
	layers = count;
	count = add_kept(life, fds, count);
	answer = json_pack("{s:i,s:I,s:o,s:I,s:I,s:b,s:o}", "generation",
			   (int)life->number, "begun",
			   (json_int_t)life->begun_time, "executed",
			   witness_programs_json(&life->witness), "unlisted",
			   (json_int_t)life->witness.unlisted, "range_base",
			   (json_int_t)life->plan.options.range_base, "ready",
			   life->phase != LIFE_STARTING, "baseline",
			   diff_baseline_write(&life->baseline));
	control_answer(&supervisor->control, client, answer, fds, count);
	while (count > layers)
		close_fd(&fds[--count]);
	return 0;
}

static const struct {
	const char *name;
	int (*handle)(struct supervisor *supervisor, uint64_t client,
		      const json_t *request, struct diag *diag);
} commands[] = {
	{ "status", handle_status }, { "restore", handle_restore },
	{ "stop", handle_stop },     { "exec", handle_exec },
	{ "diff", handle_diff },     { "service", handle_service },
	{ "lend", handle_lend },     { "update", handle_update },
};

void commands_handle(void *context, uint64_t client, const json_t *request)
{
	struct supervisor *supervisor = context;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const char *name =
		json_string_value(json_object_get(request, "command"));
	int r = diag_set(&diag, -EBADMSG, "unknown command");

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (name && strcmp(name, commands[i].name) == 0)
			r = commands[i].handle(supervisor, client, request,
					       &diag);
	if (r < 0)
		control_answer_failure(&supervisor->control, client, &diag);
}
