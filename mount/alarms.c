#include "mount/alarms.h"

#include "mount/clock.h"
#include "mount/json_values.h"
#include "mount/supervisor.h"

#include <stdarg.h>
#include <string.h>

/* What each leads to, and why the old generation then goes. */
static const struct {
	const char *name;
	enum config_restore_cause cause;
	const char *reason;
} kinds[] = {
	[ALARM_BIND] = { "bind", CONFIG_RESTORE_TAMPER,
			 "tampering: a bind that was refused" },
	[ALARM_CONNECT] = { "connect", CONFIG_RESTORE_TAMPER,
			    "tampering: a call that was refused" },
	[ALARM_CALL] = { "call", CONFIG_RESTORE_TAMPER,
			 "tampering: a system call that was refused" },
	[ALARM_EXECUTION] = { "execution", CONFIG_RESTORE_TAMPER,
			      "tampering: a program that is not the image's" },
	[ALARM_TRIPWIRE] = { "tripwire", CONFIG_RESTORE_TAMPER,
			     "tampering: a tripwire was read" },
	[ALARM_LIMIT] = { "limit", CONFIG_RESTORE_LIMIT,
			  "a limit was reached" },
	[ALARM_UNHEALTHY] = { "unhealthy", CONFIG_RESTORE_UNHEALTHY,
			      "the health check failed" },
	[ALARM_IMAGE] = { "image", CONFIG_RESTORE_TAMPER,
			  "tampering: the image's file was changed" },
};

const char *alarm_name(enum alarm_kind kind)
{
	return kinds[kind].name;
}

void alarm_repeat(struct supervisor *supervisor, struct life *life,
		  enum alarm_kind kind)
{
	supervisor->alarms.counts[kind]++;
	life->alarms++;
	superblock_taint(life->superblock);
	if (life == supervisor->current && kind == ALARM_UNHEALTHY &&
	    update_roll_back(supervisor, "it was unhealthy on trial"))
		return;
	/* One that is there for a connection has no successor: its end is what
	   a restore would be. The others go anyway, or have not come yet. */
	if (life == supervisor->current)
		renewal_cause(supervisor, kinds[kind].cause,
			      kinds[kind].reason);
	else if (life->setting->arguments &&
		 supervisor->image->config.restore.causes &
			 (unsigned int)kinds[kind].cause)
		life_stop(life);
}

void alarm_raise(struct supervisor *supervisor, struct life *life,
		 enum alarm_kind kind, const char *format, ...)
{
	struct alarms *alarms = &supervisor->alarms;
	va_list arguments;

	alarms->kind = kind;
	alarms->time = time_now();
	alarms->generation = life->number;
	va_start(arguments, format);
	(void)vsnprintf(alarms->text, sizeof(alarms->text), format, arguments);
	va_end(arguments);
	log_warning(&supervisor->sink, life->number, "alarm: %s", alarms->text);
	alarm_repeat(supervisor, life, kind);
}

json_t *alarms_json(const struct alarms *alarms)
{
	json_t *json = json_object();

	for (int kind = 0; kind < ALARM_KINDS; kind++)
		json_object_set_new(
			json, kinds[kind].name,
			json_integer((json_int_t)alarms->counts[kind]));
	if (alarms->time)
		json_object_set_new(json, "last",
				    json_pack("{s:s,s:o,s:i,s:o}", "kind",
					      kinds[alarms->kind].name, "time",
					      json_time(alarms->time),
					      "generation",
					      (int)alarms->generation, "text",
					      json_printable(alarms->text)));
	return json;
}
