#include "mount/quarantine.h"

#include "lib/fdio.h"
#include "mount/clock.h"
#include "mount/holders.h"
#include "mount/json_values.h"
#include "mount/reuseport.h"
#include "mount/severing.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <string.h>

static size_t count(const struct supervisor *supervisor)
{
	size_t number = 0;

	for (const struct life *life = supervisor->quarantined; life;
	     life = life->next)
		number++;
	return number;
}

int quarantine_check(const struct supervisor *supervisor, struct diag *diag)
{
	const struct config *config = &supervisor->image->config;
	int r;

	if (config->network != CONFIG_NETWORK_SEALED)
		return diag_set(diag, -EOPNOTSUPP,
				"only from a sealed network a generation can "
				"be cut off");
	if (connections_only(config) || !supervisor->current)
		return diag_set(diag, -ESRCH,
				"there is no generation that could go to "
				"quarantine");
	if (count(supervisor) >= QUARANTINES_MAX) {
		diag_set(diag, -EBUSY, "%d generations are in quarantine",
			 QUARANTINES_MAX);
		diag_hint(diag, "--quarantine 0 ends them");
		return -EBUSY;
	}
	r = reuseport_check();
	return r < 0 ? diag_errno(diag, r,
				  "the kernel cannot hand over what waits for "
				  "the old generation")
		     : 0;
}

static void end(struct life *life)
{
	struct quarantine *quarantine = &life->quarantine;

	if (quarantine->over)
		return;
	quarantine->over = true;
	events_disarm(&quarantine->supervisor->events, &quarantine->clock);
	/* What it was held for is not over: it ends with that. */
	if (!life->held)
		evidence_take(quarantine->supervisor, life,
			      "its quarantine is over");
}

static void look(void *context)
{
	struct life *life = context;
	struct quarantine *quarantine = &life->quarantine;
	int64_t now = events_now(), next = now + QUARANTINE_LOOK_US;
	const struct cgroup *group = generation_cgroup(life->generation);
	unsigned int shut = sever(group);

	if (shut)
		log_event(&quarantine->supervisor->sink, life->number,
			  "in quarantine: %u connections are shut", shut);
	/* One that began while it was done the last time. */
	subdue(group);
	if (now >= quarantine->until) {
		end(life);
		return;
	}
	if (next > quarantine->until)
		next = quarantine->until;
	/* Nobody would look after it. */
	if (events_arm(&quarantine->supervisor->events, &quarantine->clock,
		       next) < 0)
		end(life);
}

void quarantine_begin(struct supervisor *supervisor, struct life *life,
		      int64_t microseconds, const char *reason)
{
	struct quarantine *quarantine = &life->quarantine;
	uint32_t drain = life->setting->plan->config->drain_milliseconds;
	int64_t now = events_now(), cut = now + (int64_t)drain * 1000;

	if (cut > now + microseconds)
		cut = now + microseconds;
	*quarantine = (struct quarantine){
		.on = true,
		.supervisor = supervisor,
		.clock = { .expired = look, .context = life },
		.until = now + microseconds,
	};
	life->next = supervisor->quarantined;
	supervisor->quarantined = life;
	custody_part(supervisor->custody, life->number);
	subdue(generation_cgroup(life->generation));
	log_event(&supervisor->sink, life->number,
		  "in quarantine for %g s, without its sockets",
		  (double)microseconds / 1000000);
	if (events_arm(&supervisor->events, &quarantine->clock, cut) < 0)
		end(life);
	else if (reason)
		evidence_take(supervisor, life, reason);
}

void quarantine_go_on(struct life *life)
{
	if (life->quarantine.over)
		life_kill(life);
}

void quarantine_end_all(struct supervisor *supervisor)
{
	for (struct life *life = supervisor->quarantined; life;
	     life = life->next)
		end(life);
}

bool quarantine_ended(struct supervisor *supervisor, struct life *life)
{
	struct life **link = &supervisor->quarantined;

	while (*link && *link != life)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = life->next;
	log_event(&supervisor->sink, life->number,
		  "ended in quarantine with status %d", life->status);
	events_disarm(&supervisor->events, &life->quarantine.clock);
	evidence_take_rest(supervisor, life);
	life_free(life);
	return true;
}

void quarantine_look_at_limits(struct supervisor *supervisor)
{
	for (struct life *life = supervisor->quarantined; life;
	     life = life->next)
		life_look_at_limits(life);
}

/* --- Status --------------------------------------------------------------- */

static json_t *process_json(int pid)
{
	CLEANUP_BUF struct buf command = BUF_INIT;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	(void)!read_file(path, 64, &command, NULL);
	if (command.length && command.data[command.length - 1] == '\n')
		command.data[--command.length] = '\0';
	return json_pack("{s:i,s:o}", "pid", pid, "command",
			 json_printable(command.data ? command.data : "?"));
}

static json_t *processes_json(const struct life *life)
{
	FILE *processes =
		holders_processes(generation_cgroup(life->generation));
	json_t *array = json_array();
	int pid;

	while (processes && json_array_size(array) < QUARANTINE_PROCESSES_MAX &&
	       fscanf(processes, "%d", &pid) == 1)
		json_array_append_new(array, process_json(pid));
	if (processes)
		(void)fclose(processes);
	return array;
}

json_t *quarantine_json(const struct supervisor *supervisor)
{
	json_t *array;

	if (!supervisor->quarantined)
		return NULL;
	array = json_array();
	for (const struct life *life = supervisor->quarantined; life;
	     life = life->next)
		json_array_append_new(
			array, json_pack("{s:i,s:o,s:i,s:o}", "generation",
					 (int)life->number, "until",
					 json_time(time_now() +
						   life->quarantine.until -
						   events_now()),
					 "alarms", (int)life->alarms,
					 "processes", processes_json(life)));
	return array;
}
