#include "pack/from_unit.h"

#include "lib/fdio.h"
#include "pack/draft_file.h"
#include "pack/format.h"
#include "pack/from_unit_draft.h"
#include "pack/from_unit_find.h"
#include "pack/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* One --from-unit, from its command line to its recipe. */
struct reading {
	const struct packer *packer;
	struct draft_file file;
	struct found_unit service, socket;
	bool has_socket;
	struct trace_names names;
	char hostname[256];
	char **environment;
	char **packages;
	char **command;
	struct unit_subject subject;
};

static void reading_done(struct reading *reading)
{
	strv_free(reading->command);
	strv_free(reading->packages);
	strv_free(reading->environment);
	trace_names_done(&reading->names);
	found_unit_done(&reading->socket);
	found_unit_done(&reading->service);
	draft_file_done(&reading->file);
}

static void tell(const struct reading *reading, const char *format,
		 const char *what, const struct diag *why)
{
	CLEANUP_FREE char *text = format_text("%s %s: %s", format, what,
					      why->text ? why->text : "");

	if (text)
		reading->packer->warn(reading->packer->context, text);
}

/* --- Environment --- */

static int add_variable(struct reading *reading, const char *variable,
			struct diag *diag)
{
	int r = unit_add_variable(&reading->environment, variable);

	return r < 0 ? diag_errno(diag, r, "the environment") : 0;
}

static int add_variables(struct reading *reading, char *const *variables,
			 struct diag *diag)
{
	int r = 0;

	for (; r == 0 && variables && *variables; variables++)
		r = add_variable(reading, *variables, diag);
	return r;
}

static int expand(const struct reading *reading, const char *value,
		  struct buf *text, struct diag *diag)
{
	char unknown = '\0';
	int r = unit_expand(&reading->subject.specifiers, value, text,
			    &unknown);

	return r < 0 ? diag_errno(diag, r, "%.64s", value) : 0;
}

/* The words are split first: what a specifier stands for is one. */
static int take_assignments(struct reading *reading, const char *value,
			    struct diag *diag)
{
	char **words = NULL;
	int r = unit_words(value, &words, diag);

	for (char **word = words; r == 0 && *word; word++) {
		CLEANUP_BUF struct buf text = BUF_INIT;

		r = expand(reading, *word, &text, diag);
		if (r == 0)
			r = add_variable(reading, text.data, diag);
	}
	strv_free(words);
	return r;
}

static int take_file(struct reading *reading, const char *value,
		     struct diag *diag)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_DIAG struct diag problem = DIAG_INIT;
	char **variables = NULL;
	bool optional = value[0] == '-';
	int r = expand(reading, value + optional, &path, diag);

	if (r < 0)
		return r;
	r = read_file(path.data, UNIT_TEXT_MAX, &text, &problem);
	if (r < 0) {
		if (!optional)
			tell(reading, "left out", value, &problem);
		return 0;
	}
	r = unit_environment_file(text.data, text.length, &variables);
	if (r < 0)
		r = diag_errno(diag, r, "%s", path.data);
	else
		r = add_variables(reading, variables, diag);
	strv_free(variables);
	return r;
}

static int take_environment(struct reading *reading, struct diag *diag)
{
	const struct unit_file *unit = &reading->service.file;
	const char *value;
	size_t at = 0;
	int r = 0;

	while (r == 0 && (value = unit_file_next(unit, "Service", "Environment",
						 &at)) != NULL) {
		CLEANUP_DIAG struct diag problem = DIAG_INIT;

		r = take_assignments(reading, value, &problem);
		if (r == -ENOMEM)
			return diag_oom(diag);
		if (r < 0)
			tell(reading, "left out: Environment =", value,
			     &problem);
		r = 0;
	}
	at = 0;
	/* Files count more than what the unit itself says. */
	while (r == 0 &&
	       (value = unit_file_next(unit, "Service", "EnvironmentFile",
				       &at)) != NULL)
		r = take_file(reading, value, diag);
	return r;
}

/* --- The program --- */

/* Where systemd looks for one that has no slash. */
static char *find_program(const char *name)
{
	static const char *const directories[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
		"/usr/bin",	   "/sbin",	     "/bin",
	};

	if (name[0] == '/')
		return strdup(name);
	for (size_t i = 0; !strchr(name, '/') && i < ARRAY_SIZE(directories);
	     i++) {
		char *path = format_text("%s/%s", directories[i], name);

		if (!path || access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static int take_command(struct reading *reading, struct diag *diag)
{
	CLEANUP_DIAG struct diag problem = DIAG_INIT;
	size_t at = 0;
	const char *value = unit_file_next(&reading->service.file, "Service",
					   "ExecStart", &at);
	char prefixes[8];
	char *program;
	int r;

	if (!value)
		return 0;
	r = unit_command(value, &reading->subject.specifiers,
			 reading->environment, prefixes, &reading->command,
			 &problem);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r < 0) {
		tell(reading, "ExecStart =", value, &problem);
		return 0;
	}
	program = find_program(reading->command[0]);
	if (!program) {
		strv_free(reading->command);
		reading->command = NULL;
		return 0;
	}
	free(reading->command[0]);
	reading->command[0] = program;
	return 0;
}

/* --- Packages --- */

static int add_package(struct reading *reading, struct source *host,
		       const char *path, struct diag *diag)
{
	CLEANUP_FREE char *real = realpath(path, NULL);
	struct source_entry entry;
	int r = real ? source_lstat(host, real, &entry, diag) : -ENOENT;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (entry.package) {
		const char *name = entry.package->name;
		char **known = reading->packages;

		while (known && *known && strcmp(*known, name) != 0)
			known++;
		if ((!known || !*known) &&
		    strv_append(&reading->packages, name) < 0)
			r = diag_oom(diag);
	}
	source_entry_done(&entry);
	return r;
}

static int take_packages(struct reading *reading, struct diag *diag)
{
	struct source *host = NULL;
	int r = source_open_directory(NULL, &host, diag);

	if (r == 0 && reading->command)
		r = add_package(reading, host, reading->command[0], diag);
	if (r == 0)
		r = add_package(reading, host, reading->service.path, diag);
	source_free(host);
	return r;
}

/* --- The recipe --- */

static int read_unit(struct reading *reading, struct diag *diag)
{
	int r = unit_find(reading->packer->options->words[0], &reading->service,
			  diag);

	if (r == 0) {
		r = unit_find_socket(&reading->service, &reading->socket, diag);
		reading->has_socket = r == 0;
		if (r == -ENOENT)
			r = 0;
	}
	if (r == 0)
		r = trace_names_read(&reading->names, diag);
	if (gethostname(reading->hostname, sizeof(reading->hostname) - 1) < 0)
		reading->hostname[0] = '\0';
	reading->subject.specifiers = (struct unit_specifiers){
		.name = reading->service.name,
		.user = "root",
		.home = "/root",
		.hostname = reading->hostname,
	};
	return r;
}

static int write_recipe(struct reading *reading, struct diag *diag)
{
	CLEANUP(draft_done) struct draft draft = DRAFT_INIT;
	struct unit_subject *subject = &reading->subject;

	subject->jail = reading->file.name;
	subject->path = reading->service.path;
	subject->service = &reading->service.file;
	subject->socket = reading->has_socket ? &reading->socket.file : NULL;
	subject->names = &reading->names;
	subject->environment = reading->environment;
	subject->packages = reading->packages;
	subject->command = reading->command;
	subject->setpriv = access("/usr/bin/setpriv", X_OK) == 0
				   ? "/usr/bin/setpriv"
				   : NULL;
	from_unit_draft(&draft, subject);
	if (buf_check(&draft.text) < 0)
		return diag_oom(diag);
	return draft_file_write(&reading->file, &draft.text, diag);
}

int from_unit(const struct packer *packer, struct diag *diag)
{
	CLEANUP(reading_done) struct reading reading = { .packer = packer };
	const struct options *options = packer->options;
	int r = draft_file_begin(options->output, NULL, options->force,
				 &reading.file, diag);

	if (r == 0)
		r = read_unit(&reading, diag);
	if (r == 0)
		r = take_environment(&reading, diag);
	if (r == 0)
		r = take_command(&reading, diag);
	if (r == 0)
		r = take_packages(&reading, diag);
	return r < 0 ? r : write_recipe(&reading, diag);
}
