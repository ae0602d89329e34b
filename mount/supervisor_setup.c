#include "mount/supervisor_setup.h"

#include "mount/commands.h"
#include "mount/signals.h"
#include "mount/supervisor_groups.h"
#include "mount/supervisor_network.h"
#include "mount/supervisor_version.h"
#include "mount/versions.h"

#include <errno.h>
#include <string.h>

enum { LAST_WORDS_US = 2 * 1000000 /* for answers at the end */ };

/* --- The log -------------------------------------------------------------- */

/* Beside the file; what is usual is not there on every host. */
static int open_journal(struct supervisor *supervisor, struct diag *diag)
{
	const struct config *config = &supervisor->image->config;
	bool needed = supervisor->options->log_to == LOG_TO_JOURNAL;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct journal_origin origin = { .jail = supervisor->options->name,
					 .version = config->version,
					 .root_hash = hash };
	int r;

	if (!journal_is_there(JOURNAL_SOCKET)) {
		if (!needed)
			return 0;
		diag_set(diag, -ENOENT,
			 "--log-to journal: this host has no journal at %s",
			 JOURNAL_SOCKET);
		diag_hint(diag, "without --log-to the file is enough");
		return -ENOENT;
	}
	root_hash_format(supervisor->image->layout.root_hash, hash);
	r = log_sink_add_journal(&supervisor->sink, JOURNAL_SOCKET, &origin,
				 &supervisor->events);
	return r < 0 ? diag_errno(diag, r, "cannot write to the journal") : 0;
}

static int open_sink(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;
	CLEANUP_FREE char *origin =
		edition_origin(supervisor->edition, supervisor->options->name);
	char path[256];
	int r;

	if (!origin)
		return diag_oom(diag);
	/* A unit's output is the journal's already, but without its fields. */
	if (!options->detach && options->log_to == LOG_TO_USUAL &&
	    !journal_is_standard_error())
		return log_sink_foreground(&supervisor->sink, origin, diag);
	(void)snprintf(path, sizeof(path), "%s/%s.log", LOGS_DIRECTORY,
		       options->name);
	r = log_sink_open(&supervisor->sink, path, origin, diag);
	if (r == 0 && options->log_to != LOG_TO_FILE)
		r = open_journal(supervisor, diag);
	return r;
}

/* --- The rest ------------------------------------------------------------- */

static int write_state(const struct supervisor *supervisor, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	int r;

	root_hash_format(supervisor->image->layout.root_hash, hash);
	/* state.c finds the supervisor by this beginning. */
	buf_printf(&json,
		   "{\"supervisor\":%d,\"root_hash\":\"%s\","
		   "\"range_base\":%u",
		   getpid(), hash, supervisor->state.range.base);
	if (supervisor->delegated)
		buf_printf(&json, ",\"delegated\":\"%s\"",
			   supervisor->delegated);
	if (supervisor->update.other) {
		root_hash_format(
			supervisor->update.other->image->layout.root_hash,
			hash);
		buf_printf(&json, ",\"other_root_hash\":\"%s\"", hash);
	}
	buf_puts(&json, "}\n");
	r = buf_check(&json);
	if (r == 0)
		r = state_write(&supervisor->state, &json);
	return r < 0 ? diag_errno(diag, r, "cannot write %s/%s/state.json",
				  supervisor->state.root,
				  supervisor->state.name)
		     : 0;
}

void supervisor_note_state(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (write_state(supervisor, &diag) < 0)
		log_event(&supervisor->sink, 0, "%s",
			  diag.text ? diag.text : "no memory for the state");
}

const struct network_namespace *
supervisor_network(const struct supervisor *supervisor)
{
	const struct network_namespace *space = &supervisor->network.space;

	return space->fd >= 0 ? space : NULL;
}

struct plan_options supervisor_plan(const struct supervisor *supervisor)
{
	return (struct plan_options){
		.jail = supervisor->options->name,
		.range_base = supervisor->state.range.base,
		.range_length = STATE_RANGE_LENGTH,
		.delegated = supervisor->delegated,
		.network = supervisor_network(supervisor),
	};
}

static int open_control(struct supervisor *supervisor, struct diag *diag)
{
	char directory[128];

	(void)snprintf(directory, sizeof(directory), "%s/%s", STATE_DIRECTORY,
		       supervisor->options->name);
	supervisor->control.requested = commands_handle;
	supervisor->control.context = supervisor;
	return control_open(&supervisor->control, &supervisor->events,
			    supervisor->state.directory_fd, directory, diag);
}

static int make_edition(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;

	supervisor->edition =
		edition_new(supervisor->image, options->image_path);
	if (!supervisor->edition)
		return diag_oom(diag);
	supervisor->editions = supervisor->edition;
	return edition_listen(supervisor->edition, options->listens, NULL,
			      diag);
}

static int make_plan(struct supervisor *supervisor, struct diag *diag)
{
	return edition_plan(supervisor->edition, supervisor_plan(supervisor),
			    diag);
}

static int prepare_superblock(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;

	const struct superblock_source source = {
		.image = supervisor->image,
		.label = options->name,
		.keep = connections_any(&supervisor->image->config),
		.loan = options->loan,
	};

	return superblock_new(&source, &supervisor->superblock, diag);
}

static void signals_ready(void *context, short revents UNUSED)
{
	struct supervisor *supervisor = context;
	struct signal_order order = signals_read(supervisor->signals.fd);

	switch (order.kind) {
	case SIGNAL_IGNORE:
		break;
	case SIGNAL_STOP:
		/* Who says it twice means it. */
		if (!supervisor->stopping) {
			supervisor_stop(supervisor, 0,
					STOP_EVIDENCE_AFTER_ALARMS);
			break;
		}
		if (supervisor->current)
			life_kill(supervisor->current);
		connections_kill(supervisor);
		break;
	case SIGNAL_FORWARD:
		if (supervisor->current)
			life_signal(supervisor->current, order.number);
		break;
	}
}

static int watch_signals(struct supervisor *supervisor, struct diag *diag)
{
	int fd = signals_open();

	if (fd < 0)
		return diag_errno(diag, fd, "cannot watch for signals");
	supervisor->signals = (struct event_source){ .fd = fd,
						     .events = POLLIN,
						     .ready = signals_ready,
						     .context = supervisor };
	return events_add(&supervisor->events, &supervisor->signals) < 0
		       ? diag_oom(diag)
		       : 0;
}

void supervisor_tell_udp(struct supervisor *supervisor)
{
	struct custody *custody = supervisor->custody;

	if (custody->udp_error < 0 && !custody->udp_told)
		log_warning(&supervisor->sink, 0,
			    "its UDP sockets can send to anybody, since this "
			    "host cannot stand in the way: %s",
			    strerror(-custody->udp_error));
	custody->udp_told = custody->udp_error < 0;
}

static int take_custody(struct supervisor *supervisor, struct diag *diag)
{
	const struct custody_setting setting = {
		.groups = supervisor_groups(supervisor),
		.table = &supervisor->edition->listens,
		.peers = &supervisor->edition->peers,
		.events = &supervisor->events,
		.kind = supervisor->image->config.network,
		.network = supervisor->edition->plan.options.network,
		.manager = supervisor->options->manager,
	};

	return custody_new(&setting, &supervisor->custody, diag);
}

/* In the foreground only what is worth the operator's time. */
void supervisor_tell_verdict(struct supervisor *supervisor)
{
	const struct verdict *verdict = &supervisor->image->verdict;
	CLEANUP_FREE char *text = verdict_text(verdict);

	if (!text)
		return;
	if (verdict->overruled)
		log_warning(&supervisor->sink, 0, "the image is %s", text);
	else if (verdict->signer || supervisor->options->detach)
		log_event(&supervisor->sink, 0, "the image is %s", text);
}

int supervisor_prepare(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;
	int r;

	r = make_edition(supervisor, diag);
	if (r == 0)
		r = state_open(STATE_DIRECTORY, options->name,
			       &supervisor->state, diag);
	if (r == 0)
		r = versions_check(VERSIONS_DIRECTORY, options->name,
				   supervisor->image->config.version,
				   options->downgrade, diag);
	if (r == 0)
		r = supervisor_take_groups(supervisor, diag);
	if (r == 0)
		r = supervisor_clear_stale(supervisor, diag);
	if (r == 0)
		r = write_state(supervisor, diag);
	if (r == 0)
		r = edition_open(supervisor->edition, options->name, NULL,
				 diag);
	if (r == 0)
		r = prepare_superblock(supervisor, diag);
	if (r == 0)
		r = supervisor_open_network(supervisor, diag);
	if (r == 0)
		r = make_plan(supervisor, diag);
	if (r == 0)
		r = take_custody(supervisor, diag);
	if (r == 0)
		r = open_sink(supervisor, diag);
	if (r == 0)
		supervisor_tell_udp(supervisor);
	if (r == 0)
		supervisor_tell_verdict(supervisor);
	if (r == 0)
		supervisor_tell_network(supervisor);
	if (r == 0)
		r = edition_open_log(supervisor->edition, options->name,
				     &supervisor->sink, &supervisor->events,
				     diag);
	if (r == 0)
		r = open_control(supervisor, diag);
	if (r == 0)
		r = watch_signals(supervisor, diag);
	if (r == 0)
		manager_begin(supervisor);
	return r;
}

static void answer_stop_clients(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->stop_client_count; i++)
		control_answer(&supervisor->control,
			       supervisor->stop_clients[i],
			       json_pack("{s:i}", "status", supervisor->status),
			       NULL, 0);
}

void supervisor_done(struct supervisor *supervisor)
{
	supervisor_settle_version(supervisor);
	update_cancel(supervisor, "the jail has ended");
	restore_cancel(supervisor, "the jail has ended");
	evidence_cancel(supervisor);
	renewal_end(supervisor);
	health_end(supervisor);
	manager_end(supervisor);
	events_disarm(&supervisor->events, &supervisor->watching);
	connections_done(supervisor);
	while (supervisor->quarantined) {
		struct life *life = supervisor->quarantined;

		supervisor->quarantined = life->next;
		events_disarm(&supervisor->events, &life->quarantine.clock);
		life_free(life);
	}
	while (supervisor->old) {
		struct life *life = supervisor->old;

		supervisor->old = life->next;
		life_free(life);
	}
	life_free(supervisor->current);
	superblock_unref(supervisor->superblock);
	events_disarm(&supervisor->events, &supervisor->healing);
	custody_free(supervisor->custody);
	supervisor_close_network(supervisor);
	while (supervisor->editions) {
		struct edition *edition = supervisor->editions;

		supervisor->editions = edition->next;
		edition_free(edition);
	}
	events_remove(&supervisor->events, &supervisor->signals);
	close_fd(&supervisor->signals.fd);
	log_sink_close(&supervisor->sink);
	free(supervisor->delegated);
	state_done(&supervisor->state);
	/* When they hear of it nothing is left. */
	answer_stop_clients(supervisor);
	control_flush(&supervisor->control, LAST_WORDS_US);
	control_close(&supervisor->control);
	events_done(&supervisor->events);
}
