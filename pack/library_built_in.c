#include "pack/library_built_in.h"

#include "pack/format.h"
#include "pack/library_search.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int append_format(char ***directories, struct diag *diag,
			 const char *format, ...) PRINTF_LIKE(3, 4);

static int append_format(char ***directories, struct diag *diag,
			 const char *format, ...)
{
	va_list arguments;
	char *text;
	int r;

	va_start(arguments, format);
	r = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (r < 0)
		return diag_oom(diag);
	r = strv_append(directories, text);
	free(text);
	return r < 0 ? diag_oom(diag) : 0;
}

/* Debian and its kin build their own multiarch directories into the loader. */
static int is_multiarch(struct libraries *libraries,
			const struct loader_machine *machine, bool *ret_answer,
			struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	const char *real;
	int r;

	path = format_text("/usr/lib/%s", machine->triplet);
	if (!path)
		return diag_oom(diag);
	r = library_directory(libraries, path, &real, diag);
	if (r == 0 && !real)
		r = library_directory(libraries, path + strlen("/usr"), &real,
				      diag);
	if (r == 0)
		*ret_answer = real != NULL;
	return r;
}

int library_system_directories(struct libraries *libraries,
			       const struct loader_machine *machine,
			       char ***directories, struct diag *diag)
{
	const char *lib = machine ? machine->lib : "lib";
	bool multiarch = false;
	int r = 0;

	if (machine)
		r = is_multiarch(libraries, machine, &multiarch, diag);
	if (r == 0 && multiarch) {
		r = append_format(directories, diag, "/lib/%s",
				  machine->triplet);
		if (r == 0)
			r = append_format(directories, diag, "/usr/lib/%s",
					  machine->triplet);
		lib = "lib";
	}
	if (r == 0)
		r = append_format(directories, diag, "/%s", lib);
	if (r == 0)
		r = append_format(directories, diag, "/usr/%s", lib);
	return r;
}

int library_lib_word(struct libraries *libraries,
		     const struct loader_machine *machine, char **ret_word,
		     struct diag *diag)
{
	bool multiarch = false;
	int r = 0;

	if (machine)
		r = is_multiarch(libraries, machine, &multiarch, diag);
	if (r < 0)
		return r;
	if (asprintf(ret_word, "lib%s%s",
		     multiarch ? "/"
		     : machine ? machine->lib + strlen("lib")
			       : "",
		     multiarch ? machine->triplet : "") < 0)
		return diag_oom(diag);
	return 0;
}
