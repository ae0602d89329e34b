#include "pack/trace.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/draft_file.h"
#include "pack/format.h"
#include "pack/gather.h"
#include "pack/recipe.h"
#include "pack/trace_draft.h"
#include "pack/trace_files.h"
#include "pack/trace_run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* One --trace, from its command line to its recipe. */
struct tracing {
	const struct packer *packer;
	struct draft_file file;
	struct recipe *old; /* that is continued, or NULL */
	char *program;
	char **arguments; /* the program by its path */
	char **environment;
	char *directory;
	struct trace_names names;
	struct trace_facts facts;
	struct trace_layers layers;
	struct trace_variables variables;
};

static void tracing_done(struct tracing *tracing)
{
	trace_variables_done(&tracing->variables);
	trace_layers_done(&tracing->layers);
	trace_facts_done(&tracing->facts);
	trace_names_done(&tracing->names);
	free(tracing->directory);
	strv_free(tracing->environment);
	strv_free(tracing->arguments);
	free(tracing->program);
	recipe_free(tracing->old);
	draft_file_done(&tracing->file);
}

static void tell(const struct tracing *tracing, const char *text)
{
	tracing->packer->warn(tracing->packer->context, text);
}

/* --- What is to run --- */

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	       access(path, X_OK) == 0;
}

/* As execvp(3) finds it. */
static int find_program(const char *name, char **ret_path, struct diag *diag)
{
	const char *part = getenv("PATH");

	if (strchr(name, '/')) {
		char *path = realpath(name, NULL);

		/* A link is called by its own name: busybox. */
		if (path && name[0] == '/') {
			free(path);
			path = path_normalize(name);
		}
		*ret_path = path;
		return path ? 0
			    : diag_errno(diag, -errno, "cannot run %s", name);
	}
	while (part && *part) {
		size_t length = strcspn(part, ":");
		CLEANUP_FREE char *directory = strndup(part, length);
		CLEANUP_FREE char *path =
			directory ? path_join(directory, name) : NULL;

		if (!path)
			return diag_oom(diag);
		if (length && is_program(path)) {
			*ret_path = steal_ptr(&path);
			return 0;
		}
		part += length;
		part += *part == ':';
	}
	(void)diag_set(diag, -ENOENT, "%s: there is no such program in PATH",
		       name);
	diag_hint(diag, "say where it is: /usr/sbin/%s", name);
	return -ENOENT;
}

static int check_words(char *const *words, struct diag *diag)
{
	for (; *words; words++) {
		if (!draft_can_say(*words))
			return diag_set(diag, -EINVAL,
					"a recipe cannot hold control "
					"characters, and the command has some");
	}
	return 0;
}

static int take_words(char *const *words, char ***ret_copies, struct diag *diag)
{
	for (; words && *words; words++) {
		if (strv_append(ret_copies, *words) < 0)
			return diag_oom(diag);
	}
	return 0;
}

/* The command line's, or else the recipe's. */
static int choose_command(struct tracing *tracing, struct diag *diag)
{
	const struct recipe *old = tracing->old;
	char **words = tracing->packer->options->command;
	bool olds = !words && old;
	int r;

	if (olds)
		words = old->config.arguments;
	if (!words) {
		(void)diag_set(diag, -EINVAL, "the command to run is missing");
		diag_hint(diag, "jailpack --trace -o web.recipe -- "
				"nginx -g 'daemon off;'");
		return -EINVAL;
	}
	r = check_words(words, diag);
	if (r == 0)
		r = find_program(words[0], &tracing->program, diag);
	if (r == 0)
		r = take_words(words, &tracing->arguments, diag);
	if (r == 0)
		r = take_words(olds ? old->config.environment : environ,
			       &tracing->environment, diag);
	if (r == 0 && !tracing->environment) {
		tracing->environment = calloc(1, sizeof(char *));
		r = tracing->environment ? 0 : diag_oom(diag);
	}
	if (r < 0)
		return r;
	tracing->directory =
		olds ? strdup(old->config.workdir ? old->config.workdir : "/")
		     : realpath(".", NULL);
	return tracing->directory
		       ? 0
		       : diag_errno(diag, -errno, "cannot tell where we are");
}

static int name_program(struct tracing *tracing, struct diag *diag)
{
	char *path = strdup(tracing->program);

	if (!path)
		return diag_oom(diag);
	free(tracing->arguments[0]);
	tracing->arguments[0] = path;
	return 0;
}

/* --- The run --- */

static int run(struct tracing *tracing, struct diag *diag)
{
	struct trace_command command = {
		.program = tracing->program,
		.arguments = tracing->arguments,
		.environment = tracing->environment,
		.directory = tracing->directory,
	};
	struct trace_outcome outcome;
	CLEANUP_FREE char *text = NULL;
	int r;

	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr,
			      "tracing %s: use it as it will be used; Ctrl-C "
			      "ends it\n",
			      tracing->arguments[0]);
	r = trace_run(&command, &tracing->facts, &outcome, diag);
	if (r < 0)
		return r;
	if (outcome.background)
		text = format_text("%s went into the background: in a jail it "
				   "must stay in the foreground",
				   tracing->arguments[0]);
	else if (!outcome.stopped && WIFSIGNALED(outcome.status))
		text = format_text("%s was killed by signal %d (%s)",
				   tracing->arguments[0],
				   WTERMSIG(outcome.status),
				   strsignal(WTERMSIG(outcome.status)));
	else if (!outcome.stopped && WEXITSTATUS(outcome.status))
		text = format_text("%s ended with status %d; the recipe has "
				   "what it used until then",
				   tracing->arguments[0],
				   WEXITSTATUS(outcome.status));
	if (text)
		tell(tracing, text);
	if (outcome.unread) {
		CLEANUP_FREE char *unread = format_text(
			"%ju of %ju system calls could not be looked at",
			(uintmax_t)outcome.unread, (uintmax_t)outcome.calls);

		if (unread)
			tell(tracing, unread);
	}
	return 0;
}

/* What it wrote has a size only now. */
static void measure(struct trace_facts *facts)
{
	for (size_t i = 0; i < facts->path_count; i++) {
		struct trace_fact *fact = facts->paths[i];
		struct stat status;

		if ((fact->acts & ACTS_WRITING) &&
		    lstat(fact->place, &status) == 0 && S_ISREG(status.st_mode))
			fact->size = (uint64_t)status.st_size;
	}
}

/* --- The recipe --- */

/* Tell at once what packing would. */
static void prove(const struct tracing *tracing,
		  const struct trace_files *files, const char *recipe)
{
	CLEANUP_DIAG struct diag problem = DIAG_INIT;
	CLEANUP_FREE char *text = NULL;

	if (trace_files_prove(files, recipe, &problem) == 0)
		return;
	text = format_text("it does not pack as it is: %s",
			   problem.text ? problem.text : "");
	if (text)
		tell(tracing, text);
}

static int compose(struct tracing *tracing, struct buf *ret_text,
		   struct diag *diag)
{
	const struct options *options = tracing->packer->options;
	const struct recipe_options recipe_options = {
		.definitions = options->definitions,
		.include_path = tracing->packer->include_path,
	};
	const struct gather_options gather_options = {
		.cache = options->cache,
	};
	const struct trace_subject subject = {
		.facts = &tracing->facts,
		.names = &tracing->names,
		.layers = &tracing->layers,
		.old = tracing->old,
		.name = tracing->file.name,
		.arguments = tracing->arguments,
		.environment = tracing->environment,
		.variables = &tracing->variables,
		.directory = tracing->directory,
	};
	const char *old = tracing->file.old.data;
	CLEANUP(draft_done) struct draft before = { .old = old };
	CLEANUP(draft_done) struct draft after = { .old = old };
	CLEANUP_BUF struct buf all_before = BUF_INIT;
	struct trace_files files = {
		.subject = &subject,
		.recipe_path = tracing->file.recipe_path,
		.options = &recipe_options,
		.gather = &gather_options,
		.warn = tracing->packer->warn,
		.context = tracing->packer->context,
	};
	int r;

	trace_draft_begin(&before, &subject);
	after.continued = before.continued;
	trace_draft_end(&after, &subject);
	buf_printf(&all_before, "%s%s", old ? old : "",
		   before.text.data ? before.text.data : "");
	buf_puts(&after.text, "");
	if (buf_check(&all_before) < 0 || buf_check(&after.text) < 0)
		return diag_oom(diag);
	files.before = all_before.data;
	files.after = after.text.data;
	r = trace_files_draft(&files, &before, diag);
	if (r < 0)
		return r;
	buf_printf(ret_text, "%s%s%s", old ? old : "",
		   before.text.data ? before.text.data : "", after.text.data);
	if (buf_check(ret_text) < 0)
		return diag_oom(diag);
	prove(tracing, &files, ret_text->data);
	return 0;
}

static int read_old(struct tracing *tracing, struct diag *diag)
{
	const struct recipe_options options = {
		.definitions = tracing->packer->options->definitions,
		.include_path = tracing->packer->include_path,
	};
	const char *path = tracing->packer->options->continued;

	return path ? recipe_read(path, &options, &tracing->old, diag) : 0;
}

int trace(const struct packer *packer, struct diag *diag)
{
	CLEANUP(tracing_done) struct tracing tracing = { .packer = packer };
	const struct options *options = packer->options;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = draft_file_begin(options->output, options->continued,
				 options->force, &tracing.file, diag);

	if (r == 0)
		r = read_old(&tracing, diag);
	if (r == 0)
		r = choose_command(&tracing, diag);
	if (r == 0)
		r = trace_names_read(&tracing.names, diag);
	if (r == 0)
		r = run(&tracing, diag);
	if (r == 0)
		r = name_program(&tracing, diag);
	if (r < 0)
		return r;
	measure(&tracing.facts);
	if (trace_layers_choose(&tracing.facts, &tracing.layers) < 0 ||
	    trace_variables_find(&tracing.facts, tracing.environment,
				 &tracing.variables) < 0)
		return diag_oom(diag);
	r = compose(&tracing, &text, diag);
	return r < 0 ? r : draft_file_write(&tracing.file, &text, diag);
}
