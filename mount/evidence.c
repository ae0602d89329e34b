#include "mount/evidence.h"

#include "lib/beneath.h"
#include "lib/sha256.h"
#include "mount/clock.h"
#include "mount/errand.h"
#include "mount/evidence_write.h"
#include "mount/leaving.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct evidence_taking {
	struct evidence_taking *next;
	struct supervisor *supervisor;
	struct errand errand;
	struct event_timer hold;
	struct generation *generation; /* to be held still, or NULL */
	struct evidence_subject subject;
	char root_hash[2 * SHA256_SIZE + 1];
};

static struct diff_source layers_of(const struct life *life)
{
	return (struct diff_source){
		.layers = life->setting->plan->config->layers,
		.layer_fds = life->generation->layer_fds,
		.lower_fds = life->generation->lower_fds,
		.layer_count = life->generation->layer_count,
	};
}

static void captured(void *context)
{
	const struct evidence_taking *taking = context;

	errand_mark(&taking->errand);
}

/* While its mounts are there; they are the child's until it ends. */
static void open_kept(struct evidence_taking *taking)
{
	const struct config *config = &taking->supervisor->image->config;
	struct evidence_subject *subject = &taking->subject;
	struct diff_kept *kept =
		calloc(config->persist_count + 1, sizeof(*kept));

	subject->kept = kept;
	for (size_t i = 0; kept && i < config->persist_count; i++) {
		const char *path = config->persists[i].path;
		int fd = beneath_open(taking->generation->image_root_fd, path,
				      O_RDONLY | O_DIRECTORY, 0);

		if (fd >= 0)
			kept[subject->kept_count++] =
				(struct diff_kept){ path, fd };
	}
}

static int write_in_child(void *context, struct buf *text)
{
	struct evidence_taking *taking = context;
	struct diag diag = DIAG_INIT;
	const struct network_namespace *network =
		supervisor_network(taking->supervisor);
	char *summary = NULL;
	int r;

	/* What the kernel tells of its sockets it tells there. */
	if (network)
		(void)!network_namespace_enter(network);
	/* Here, since the kernel may take its time. Without a freezer it goes
	 * on meanwhile: better than nothing. */
	if (taking->generation)
		(void)generation_freeze(taking->generation, true);
	if (taking->generation)
		open_kept(taking);
	r = evidence_write(&taking->subject, &summary, &diag);

	if (r < 0)
		buf_puts(text, diag.text ? diag.text : strerror(-r));
	else
		buf_puts(text, summary);
	return r;
}

static void forget(struct evidence_taking *taking)
{
	struct evidence_taking **link = &taking->supervisor->evidence;

	events_disarm(&taking->supervisor->events, &taking->hold);
	while (*link != taking)
		link = &(*link)->next;
	*link = taking->next;
	free(taking);
}

/* It may go on, and hears that it is to finish. */
static void let_go(struct life *life)
{
	life->held = false;
	(void)generation_freeze(life->generation, false);
	if (life->quarantine.on)
		quarantine_go_on(life);
	else
		leaving_begin(life);
}

/* Of those that may be held. */
static struct life *find(const struct supervisor *supervisor,
			 unsigned int generation)
{
	struct life *life = supervisor->current;

	if (life && life->number == generation)
		return life;
	for (life = supervisor->old; life; life = life->next)
		if (life->number == generation)
			return life;
	for (life = supervisor->quarantined; life; life = life->next)
		if (life->number == generation)
			return life;
	return NULL;
}

static void release(void *context)
{
	struct evidence_taking *taking = context;
	struct life *life =
		find(taking->supervisor, taking->subject.generation);

	events_disarm(&taking->supervisor->events, &taking->hold);
	if (life && life->held)
		let_go(life);
}

/* Clients wait for what it was answering. */
static void held_too_long(void *context)
{
	const struct evidence_taking *taking = context;

	log_event(&taking->supervisor->sink, taking->subject.generation,
		  "is let go before all evidence of it is taken");
	release(context);
}

static void over(void *context, bool success)
{
	struct evidence_taking *taking = context;
	struct supervisor *supervisor = taking->supervisor;
	unsigned int generation = taking->subject.generation;

	log_event(&supervisor->sink, generation,
		  success ? "evidence: %s" : "no evidence could be kept: %s",
		  taking->errand.text);
	release(taking);
	forget(taking);
}

static int start(struct supervisor *supervisor, const struct life *life,
		 const char *moment, bool alive)
{
	struct evidence_taking *taking = calloc(1, sizeof(*taking));
	const struct verified_image *image = life->setting->image;
	int r;

	if (!taking)
		return -ENOMEM;
	sha256_format(image->layout.root_hash, taking->root_hash);
	taking->supervisor = supervisor;
	taking->generation = alive ? life->generation : NULL;
	taking->subject = (struct evidence_subject){
		.root = EVIDENCE_DIRECTORY,
		.jail = supervisor->options->name,
		.version = image->config.version,
		.root_hash = taking->root_hash,
		.reason = life->reason,
		.moment = moment,
		.generation = life->number,
		.begun_time = life->begun_time,
		.taken_time = time_now(),
		.layers = layers_of(life),
		.range_base = life->plan.options.range_base,
		.init_pid = alive ? life->generation->init_pid : 0,
		.custody = supervisor->custody,
		.witness = &life->witness,
		.baseline = &life->baseline,
		.captured = captured,
		.context = taking,
		.log_path = supervisor->sink.path,
	};
	taking->errand = ERRAND_INIT;
	taking->errand.events = &supervisor->events;
	taking->errand.work = write_in_child;
	taking->errand.marked = release;
	taking->errand.over = over;
	taking->errand.context = taking;
	taking->errand.patience = EVIDENCE_PATIENCE_US;
	r = errand_start(&taking->errand);
	if (r < 0) {
		free(taking);
		return r;
	}
	taking->next = supervisor->evidence;
	supervisor->evidence = taking;
	taking->hold = (struct event_timer){ .expired = held_too_long,
					     .context = taking };
	/* Without memory for a timer it is held to the end. */
	if (alive)
		(void)!events_arm(&supervisor->events, &taking->hold,
				  events_now() + EVIDENCE_HOLD_US);
	return 0;
}

void evidence_take(struct supervisor *supervisor, struct life *life,
		   const char *reason)
{
	struct diff_source layers = layers_of(life);
	int r;

	life->reason = reason;
	life->held = true;
	diff_done(&life->seen);
	r = diff_scan(&layers, true, &life->seen, NULL);
	if (r == 0)
		r = start(supervisor, life,
			  life->quarantine.over ? "quarantined" : "replaced",
			  true);
	if (r == 0)
		return;
	log_event(&supervisor->sink, life->number,
		  "no evidence could be kept: %s", strerror(-r));
	let_go(life);
}

void evidence_take_rest(struct supervisor *supervisor, const struct life *life)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	struct diff_source layers = layers_of(life);
	int r;

	if (!life->reason)
		return;
	r = diff_scan(&layers, true, &diff, NULL);
	if (r == 0)
		r = diff_subtract(&diff, &life->seen, NULL);
	if (r == 0 && (diff.count || diff.truncated))
		r = start(supervisor, life, "ended", false);
	if (r < 0)
		log_event(&supervisor->sink, life->number,
			  "no evidence could be kept of its end: %s",
			  strerror(-r));
}

void evidence_cancel(struct supervisor *supervisor)
{
	while (supervisor->evidence) {
		errand_cancel(&supervisor->evidence->errand);
		forget(supervisor->evidence);
	}
}
