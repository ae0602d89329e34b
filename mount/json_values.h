/*
 * Values as the answers and the evidence have them.
 */
#ifndef JAILMOUNT_JSON_VALUES_H
#define JAILMOUNT_JSON_VALUES_H

#include "lib/base.h"
#include "lib/json_text.h"

#include <jansson.h>

/* From microseconds since 1970, as clock.h writes it. */
json_t *json_time(int64_t microseconds);

/* A number of milliseconds, from microseconds. */
json_t *json_milliseconds(int64_t microseconds);

#endif
