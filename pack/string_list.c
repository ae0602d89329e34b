#include "pack/string_list.h"

#include <errno.h>
#include <string.h>

int string_list_take(struct string_list *list, char *string)
{
	char **grown = list->strings;

	if (!string)
		return -ENOMEM;
	/* Room for one more and the NULL. */
	if ((list->count & (list->count + 1)) == 0) {
		grown = reallocarray(grown, 2 * list->count + 2,
				     sizeof(*grown));
		if (!grown) {
			free(string);
			return -ENOMEM;
		}
		list->strings = grown;
	}
	grown[list->count++] = string;
	grown[list->count] = NULL;
	return 0;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **string_list_steal_sorted(struct string_list *list)
{
	char **strings = list->strings;

	if (!strings)
		return calloc(1, sizeof(*strings));
	qsort(strings, list->count, sizeof(*strings), compare_strings);
	*list = (struct string_list){ 0 };
	return strings;
}

void string_list_done(struct string_list *list)
{
	strv_free(list->strings);
	*list = (struct string_list){ 0 };
}
