/*
 * Members of JSON objects, taken out with their type checked. Every function
 * returns -EBADMSG with the reason if the member is not as it must be, and
 * leaves what it was to return untouched then.
 */
#ifndef JAIL_MEMBER_H
#define JAIL_MEMBER_H

#include "lib/base.h"
#include "lib/diag.h"

#include <jansson.h>

enum { MEMBER_LIST_MAX = 1024 }; /* entries, but for member_get() */

/* Borrowed from the object. */
int member_get(const json_t *object, const char *key, json_type type,
	       json_t **ret_value, struct diag *diag) MUST_CHECK;

/* From 0 to `max`. */
int member_number(const json_t *object, const char *key, uint64_t max,
		  uint64_t *ret_value, struct diag *diag) MUST_CHECK;
int member_u32(const json_t *object, const char *key, uint32_t *ret_value,
	       struct diag *diag) MUST_CHECK;

/* A copy that the caller frees. */
int member_string(const json_t *object, const char *key, char **ret_text,
		  struct diag *diag) MUST_CHECK;

/* The same for a member that may be missing, which changes nothing. */
int member_optional_string(const json_t *object, const char *key,
			   char **ret_text, struct diag *diag) MUST_CHECK;

/* A NULL-terminated list of copies; for an empty list nothing changes. */
int member_strings(const json_t *object, const char *key, char ***ret_strings,
		   struct diag *diag) MUST_CHECK;

#endif
