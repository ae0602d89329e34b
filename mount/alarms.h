/*
 * Alarms: signs that somebody is in the jail who should not be, or that the
 * service is not what it was. Each is logged and counted, and answered by a
 * restore if the recipe says so.
 */
#ifndef JAILMOUNT_ALARMS_H
#define JAILMOUNT_ALARMS_H

#include "lib/base.h"
#include "lib/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct supervisor;
struct life;

enum alarm_kind {
	ALARM_BIND,	 /* to what `listen` does not name */
	ALARM_CONNECT,	 /* to what `connect` does not name */
	ALARM_CALL,	 /* a system call that nobody makes by chance */
	ALARM_EXECUTION, /* of what the image does not hold */
	ALARM_TRIPWIRE,	 /* one was opened */
	ALARM_LIMIT,	 /* one was reached */
	ALARM_UNHEALTHY, /* the health check has failed */
	ALARM_IMAGE,	 /* what lies on the disk is no longer it */
	ALARM_KINDS,
};

enum { ALARM_TEXT_SIZE = 256 };

struct alarms {
	uint64_t counts[ALARM_KINDS];
	/* The last one. */
	enum alarm_kind kind;
	int64_t time; /* microseconds since 1970; 0: none yet */
	unsigned int generation;
	char text[ALARM_TEXT_SIZE];
};

/* Raise one about a generation. The text is fit to be printed. */
void alarm_raise(struct supervisor *supervisor, struct life *life,
		 enum alarm_kind kind, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* One that is no news: it counts, and is a cause like the first, but the log
 * has it already. */
void alarm_repeat(struct supervisor *supervisor, struct life *life,
		  enum alarm_kind kind);

/* "bind", "tripwire" ... */
const char *alarm_name(enum alarm_kind kind);

/* {"bind":N,...,"last":{"kind","time","generation","text"}} */
json_t *alarms_json(const struct alarms *alarms);

#endif
