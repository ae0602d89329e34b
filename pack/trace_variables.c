#include "pack/trace_variables.h"

#include "lib/fdio.h"
#include "lib/path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TEXT_MAX = 1 << 20,	/* bytes of a file that is looked into */
	PROGRAM_MAX = 32 << 20, /* of the service's own program */
	FILES_MAX = 512,	/* that are looked into */
};

void trace_variables_done(struct trace_variables *variables)
{
	free(variables->variables);
	*variables = TRACE_VARIABLES_INIT;
}

static bool is_of_a_name(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

/* Shells export functions under other names. */
static bool is_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	while (is_of_a_name(*name))
		name++;
	return !*name;
}

bool trace_names_variable(const char *text, size_t length, const char *name,
			  size_t name_length)
{
	const char *at = text, *end = text + length;

	while ((at = memmem(at, (size_t)(end - at), name, name_length))) {
		if ((at == text || !is_of_a_name(at[-1])) &&
		    (at + name_length == end || !is_of_a_name(at[name_length])))
			return true;
		at++;
	}
	return false;
}

/* Those that every session has, and those that are chosen otherwise. */
static bool is_usual(const char *name)
{
	static const char *const usual[] = {
		"HOME",	    "USER",	"LOGNAME", "SHELL",  "TERM",
		"PWD",	    "OLDPWD",	"SHLVL",   "MAIL",   "PATH",
		"LANG",	    "LANGUAGE", "LC_*",	   "TZ",     "DISPLAY",
		"COLUMNS",  "LINES",	"EDITOR",  "VISUAL", "PAGER",
		"SSH_*",    "XDG_*",	"SUDO_*",  "DBUS_*", "LS_COLORS",
		"HOSTNAME", "TMPDIR",	"_",
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (path_match(usual[i], name))
			return true;
	}
	return false;
}

/* Where an operator writes, and what the service itself is. */
static bool may_name(const struct trace_fact *fact)
{
	static const char *const places[] = { "/etc",	    "/srv",  "/opt",
					      "/usr/local", "/home", "/root",
					      "/var" };

	if (!fact->existed || !S_ISREG(fact->mode) ||
	    !(fact->acts & (ACT_READ | ACT_EXECUTE)))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (path_within(fact->path, places[i]))
			return true;
	}
	return false;
}

/* What the service has put there since is looked at before it is opened. */
static int open_regular(const char *path, size_t limit)
{
	CLEANUP_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	char link[32];
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > (off_t)limit)
		return -1;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return open(link, O_RDONLY | O_CLOEXEC);
}

static void look_into(const struct trace_fact *fact, size_t limit,
		      struct trace_variables *variables)
{
	CLEANUP_CLOSE int fd = open_regular(fact->path, limit);
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (fd < 0 || read_to_end(fd, limit, &text) < 0)
		return;
	for (size_t i = 0; i < variables->count; i++) {
		struct trace_variable *variable = &variables->variables[i];

		if (!variable->named && text.length &&
		    trace_names_variable(text.data, text.length,
					 variable->string,
					 strcspn(variable->string, "=")))
			variable->named = fact;
	}
}

static int begin(char *const *environment, struct trace_variables *variables)
{
	for (; *environment; environment++) {
		CLEANUP_FREE char *name =
			strndup(*environment, strcspn(*environment, "="));

		if (!name)
			return -ENOMEM;
		if (!is_name(name) || is_usual(name))
			continue;
		if (array_grow(&variables->variables, variables->count,
			       sizeof(*variables->variables)) < 0)
			return -ENOMEM;
		variables->variables[variables->count++] =
			(struct trace_variable){ .string = *environment };
	}
	return 0;
}

int trace_variables_find(const struct trace_facts *facts,
			 char *const *environment,
			 struct trace_variables *ret_variables)
{
	struct trace_variables variables = TRACE_VARIABLES_INIT;
	size_t looked = 0, kept = 0, programs = 0;
	int r = begin(environment, &variables);

	if (r < 0) {
		trace_variables_done(&variables);
		return r;
	}
	for (size_t i = 0; i < facts->path_count && looked < FILES_MAX; i++) {
		const struct trace_fact *fact = facts->paths[i];
		bool service = fact->existed && (fact->acts & ACT_EXECUTE) &&
			       programs++ == 0;

		if (!service && !may_name(fact))
			continue;
		look_into(fact, service ? PROGRAM_MAX : TEXT_MAX, &variables);
		looked++;
	}
	for (size_t i = 0; i < variables.count; i++) {
		if (variables.variables[i].named)
			variables.variables[kept++] = variables.variables[i];
	}
	variables.count = kept;
	*ret_variables = variables;
	return 0;
}
