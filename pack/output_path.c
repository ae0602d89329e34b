#include "pack/output_path.h"

#include <string.h>
#include <sys/stat.h>

bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char *output_path(const char *output, const char *name, const char *suffix)
{
	const char *slash = "";
	char *path;

	if (output && !is_directory(output) &&
	    output[strlen(output) - 1] != '/')
		return strdup(output);
	if (!output)
		output = "";
	else if (output[strlen(output) - 1] != '/')
		slash = "/";
	return asprintf(&path, "%s%s%s%s", output, slash, name, suffix) < 0
		       ? NULL
		       : path;
}
