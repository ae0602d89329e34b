/* One component of a module's name: importlib's PathFinder and FileFinder. */
#include "lib/path.h"
#include "pack/closure_python.h"
#include "pack/format.h"

#include <string.h>

void python_found_done(struct python_found *found)
{
	free(found->file);
	free(found->directory);
	*found = (struct python_found){ 0 };
}

/* 1: it is there, 0: it is not. */
static int try_file(struct python *python, const char *directory,
		    const char *name, const char *suffix,
		    struct python_found *found, struct diag *diag)
{
	CLEANUP_FREE char *path =
		format_text("%s/%s%s", directory, name, suffix);
	bool there;
	int r = path ? closure_walk_has(python->walk, path, &there, diag)
		     : diag_oom(diag);

	if (r < 0 || !there)
		return r;
	found->text = strcmp(suffix + strlen(suffix) - 3, ".py") == 0;
	found->file = steal_ptr(&path);
	return 1;
}

/* A package, an extension, a module, in the interpreter's order. */
int python_find_in(struct python *python, const char *directory,
		   const char *name, struct python_found *found,
		   struct diag *diag)
{
	const char *const suffixes[] = { "/__init__.py", python->extension,
					 ".abi3.so",	 ".so",
					 ".py",		 ".pyc" };
	CLEANUP_FREE char *path = path_join(directory, name);
	bool is_directory;
	int r = path ? view_is_directory(&python->walk->closure->placer->view,
					 path, &is_directory, diag)
		     : diag_oom(diag);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(suffixes); i++) {
		if (!suffixes[i] || (i == 0 && !is_directory))
			continue;
		r = try_file(python, directory, name, suffixes[i], found, diag);
		if (r > 0 && i == 0)
			found->directory = steal_ptr(&path);
	}
	/* Without an __init__ it is a part of a namespace, if nothing else
	 * has the name. */
	if (r == 0 && is_directory && !found->directory)
		found->directory = steal_ptr(&path);
	return r;
}

/* Over the whole path; what is only a directory stands back. */
int python_find(struct python *python, const char *name,
		struct python_found *found, struct diag *diag)
{
	char **const lists[] = { python->walk->own, python->walk->directories };
	int r = 0;

	for (size_t k = 0; r == 0 && k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; r == 0 && lists[k] && lists[k][i]; i++) {
			CLEANUP_PYTHON_FOUND struct python_found here = { 0 };

			r = python_find_in(python, lists[k][i], name, &here,
					   diag);
			if (r > 0 || (r == 0 && !found->directory)) {
				python_found_done(found);
				*found = here;
				here = (struct python_found){ 0 };
			}
		}
	}
	return r;
}
