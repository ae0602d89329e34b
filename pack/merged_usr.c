#include "pack/merged_usr.h"

#include <string.h>

const char *const merged_usr_names[] = { "bin",	  "sbin",   "lib", "lib32",
					 "lib64", "libx32", NULL };

int merged_usr_index(const char *path)
{
	size_t length = strcspn(path + 1, "/");

	for (int i = 0; merged_usr_names[i]; i++)
		if (strlen(merged_usr_names[i]) == length &&
		    strncmp(merged_usr_names[i], path + 1, length) == 0)
			return i;
	return -1;
}
