/*
 * A growing list of strings, NULL-terminated once it holds one.
 */
#ifndef JAILPACK_STRING_LIST_H
#define JAILPACK_STRING_LIST_H

#include "lib/base.h"

struct string_list {
	char **strings;
	size_t count;
};

/* Takes over `string`, also on failure; NULL counts as out of memory. */
int string_list_take(struct string_list *list, char *string) MUST_CHECK;

/* Sorted by strcmp, NULL-terminated also when empty; the list is empty
 * afterwards. NULL when memory runs out. */
char **string_list_steal_sorted(struct string_list *list) MUST_CHECK;

void string_list_done(struct string_list *list);

#endif
