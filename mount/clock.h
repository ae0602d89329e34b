/*
 * The time of day, for logs and status. (Durations: events_now().)
 */
#ifndef JAILMOUNT_CLOCK_H
#define JAILMOUNT_CLOCK_H

#include "lib/base.h"

/* Microseconds since 1970. */
int64_t time_now(void);

/* "2026-11-24T06:40:00.123456Z", from microseconds since 1970. */
enum { TIME_TEXT_SIZE = 40 };
void time_format(int64_t microseconds, char ret_text[TIME_TEXT_SIZE]);

#endif
