#include "pack/deb_control.h"

#include <string.h>

/* NAME[:ARCHITECTURE] [(RELATION VERSION)], separated by commas. */
static bool names_package(const char *list, size_t length, const char *name)
{
	const char *end = list + length;

	while (list < end) {
		size_t word;

		list += strspn(list, " \t\n,");
		if (list >= end)
			break;
		word = strcspn(list, " \t\n,:(");
		if (word == strlen(name) && strncmp(list, name, word) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

bool deb_control_replaces(const char *control, const char *name)
{
	while (*control) {
		const char *value = control + strcspn(control, ":\n");
		const char *end = control;

		/* A field goes on in the lines that begin with a blank. */
		do {
			end += strcspn(end, "\n");
			end += *end == '\n';
		} while (*end == ' ' || *end == '\t');
		if (value - control == 8 &&
		    strncasecmp(control, "Replaces:", 9) == 0)
			return names_package(value + 1,
					     (size_t)(end - value - 1), name);
		control = end;
	}
	return false;
}
