#include "pack/merged_usr.h"

#include <string.h>

const char *const merged_usr_names[] = { "bin",	  "sbin",   "lib", "lib32",
					 "lib64", "libx32", NULL };

int merged_usr_index(const char *path)
{
	/* Most paths begin with /usr, /etc or /var. */
	if (path[1] != 'b' && path[1] != 's' && path[1] != 'l')
		return -1;
	for (int i = 0; merged_usr_names[i]; i++) {
		size_t length = strlen(merged_usr_names[i]);

		if (strncmp(merged_usr_names[i], path + 1, length) == 0 &&
		    (path[1 + length] == '/' || path[1 + length] == '\0'))
			return i;
	}
	return -1;
}
