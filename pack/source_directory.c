/* A directory as a source: the packing host's root, or an operator's tree. */
#include "pack/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int source_open_directory(const char *directory, struct source **ret_source,
			  struct diag *diag)
{
	CLEANUP_CLOSE int root = open(directory ? directory : "/",
				      O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *name;

	if (root < 0)
		return diag_errno(diag, -errno, "cannot open the directory %s",
				  directory ? directory : "/");
	name = strdup(directory ? directory : "the host");
	if (!name)
		return diag_oom(diag);
	return source_new(steal_fd(&root), name, ret_source, diag);
}
