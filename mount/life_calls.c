/* What a generation puts to the supervisor: its binds, calls and listens, what
 * it executes, and what is to be refused. */
#include "lib/printable.h"
#include "mount/life_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

static void log_report(struct life *life, const struct custody_report *report)
{
	struct life_setting const *setting = life->setting;
	char address[ADDRESS_TEXT_SIZE];
	const struct custody_refusal *refusal;
	CLEANUP_BUF struct buf command = BUF_INIT;
	char text[ALARM_TEXT_SIZE];

	socket_address_format(&report->address, address);
	switch (report->event) {
	case CUSTODY_REFUSED:
		refusal = custody_refusal(setting->custody, 0);
		printable_puts(&command, refusal->command);
		(void)snprintf(text, sizeof(text),
			       "refused: bind to %s by %s (%d)", address,
			       command.data ? command.data : "?", refusal->pid);
		setting->alarm(setting->context, life, ALARM_BIND, text);
		break;
	case CUSTODY_NO_PEER:
		(void)snprintf(text, sizeof(text), "refused: connect to %s",
			       address);
		setting->alarm(setting->context, life, ALARM_CONNECT, text);
		break;
	case CUSTODY_UNREACHABLE:
		log_event(setting->sink, life->number,
			  "%s is bound, but the port is mapped to an address "
			  "of the other family: nobody will reach it",
			  address);
		break;
	case CUSTODY_FAILED:
		log_event(setting->sink, life->number, "cannot serve %s: %s",
			  address, strerror(-report->error));
		break;
	case CUSTODY_NOTHING:
	case CUSTODY_SERVING:
		break;
	}
}

static void serves(struct life *life, const struct custody_socket *socket)
{
	struct socket_address target =
		ready_target(&socket->address, socket->v6only);

	ready_serving(&life->ready, &target, socket->mapping.udp);
}

static void tell(struct life *life, struct buf *told)
{
	char *line, *rest = NULL;

	/* Without memory it is at least in the list at the end. */
	for (line = told->data ? strtok_r(told->data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		log_event(life->setting->sink, life->number, "%s", line);
}

/* Of those that custody answers it is only taken note. */
static int explain(struct life *life, const struct generation *generation,
		   struct caller *caller)
{
	CLEANUP_BUF struct buf told = BUF_INIT;
	const struct explain_view view = {
		.jail_root = generation->jail_root_fd,
		.range_base = life->plan.options.range_base,
	};
	int r = explain_call(life->setting->explain, &view,
			     generation->notify_fd, caller, &told);

	tell(life, &told);
	return r;
}

static void explain_refusal(struct life *life, struct caller *caller,
			    const struct custody_report *report)
{
	const struct life_setting *setting = life->setting;
	CLEANUP_BUF struct buf told = BUF_INIT;

	if (report->event == CUSTODY_REFUSED)
		explain_refused_bind(setting->explain,
				     custody_refusal(setting->custody, 0),
				     &told);
	else if (report->event == CUSTODY_NO_PEER)
		explain_refused_call(setting->explain, caller, &report->address,
				     &told);
	tell(life, &told);
}

/* While the program is being started: generation.h. */
int life_explain_start(void *context, struct generation *generation)
{
	CLEANUP_CALLER struct caller caller = CALLER_INIT;
	struct life *life = context;
	int r = caller_receive(generation->notify_fd, &caller);

	if (r < 0)
		return r == -ENOENT || r == -EINTR ? 1 : r;
	/* The standard descriptors are opened by us: init.c. */
	if (caller.number == SYS_openat)
		r = caller_continue(generation->notify_fd, &caller);
	else
		r = explain(life, generation, &caller);
	return r < 0 ? r : caller.number != SYS_execve;
}

static bool is_custodys(const struct life *life, const struct caller *caller)
{
	const struct config *config = life->setting->plan->config;

	return caller->number == SYS_bind || caller->number == SYS_listen ||
	       (caller->number == SYS_connect && config->connect_count &&
		config->network == CONFIG_NETWORK_SEALED);
}

/* What custody has no part in: an execution, or a call to be refused; with
 * --explain, also what is only looked at. */
static int answer_witnessed(struct life *life, struct caller *caller)
{
	int notify_fd = life->notify.fd;
	int result = life_witness(life, caller);

	if (life->setting->explain)
		return explain(life, life->generation, caller);
	return result == 0 ? caller_continue(notify_fd, caller)
			   : caller_finish(notify_fd, caller, result);
}

static int answer(struct life *life, struct custody_report *report)
{
	const struct listen_table nothing = LISTEN_TABLE_INIT;
	const struct peers nobody = PEERS_INIT;
	bool cut_off = life->quarantine.on;
	const struct life_setting *setting = life->setting;
	CLEANUP_CALLER struct caller caller = CALLER_INIT;
	int r = caller_receive(life->notify.fd, &caller);

	if (r < 0)
		return r == -ENOENT || r == -EINTR ? 0 : r;
	if (!is_custodys(life, &caller))
		return answer_witnessed(life, &caller);
	if (setting->explain)
		r = explain(life, life->generation, &caller);
	if (r < 0)
		return r;
	r = custody_answer(
		setting->custody, life->notify.fd, &caller,
		(struct custody_holder){
			.generation = life->number,
			.group = generation_cgroup(life->generation),
			.table = cut_off ? &nothing : setting->listens,
			.peers = cut_off ? &nobody : setting->peers,
			.alone = setting->arguments != NULL,
		},
		report);
	if (setting->explain)
		explain_refusal(life, &caller, report);
	return r;
}

void life_notified(void *context, short revents)
{
	struct life *life = context;
	const struct life_setting *setting = life->setting;
	struct custody_report report = { .event = CUSTODY_NOTHING };
	int r = -EPIPE;

	if (revents & POLLIN)
		r = answer(life, &report);
	if (r < 0) {
		/* POLLHUP: no process with this filter is left. */
		events_remove(setting->events, &life->notify);
		if (r != -EPIPE)
			log_event(setting->sink, life->number,
				  "cannot answer its system calls: %s",
				  strerror(-r));
		return;
	}
	log_report(life, &report);
	if (report.event == CUSTODY_REFUSED || report.event == CUSTODY_NO_PEER)
		life_flooded(life);
	if (report.event == CUSTODY_SERVING)
		serves(life, report.socket);
}
