/*
 * Perl: the modules that its scripts use, and what those use in turn, on the
 * path that is a part of the interpreter's text (@INC, perl.c's
 * S_init_perllib).
 */
#include "lib/path.h"
#include "pack/closure_walk.h"
#include "pack/format.h"
#include "pack/perl_uses.h"
#include "pack/program_text.h"

#include <errno.h>
#include <string.h>

/* Who takes what in. */
struct request {
	const struct walk_file *file;
	unsigned int number;
	bool optional;
};

static int take(struct closure_walk *walk, const struct request *request,
		const char *name, struct diag *diag);

/* --- The path --- */

static int find_directories(struct closure_walk *walk, struct diag *diag)
{
	CLEANUP_FREE char *bytes = NULL;
	char **paths = NULL;
	size_t length;
	int r = closure_walk_program(walk, &bytes, &length, diag);

	if (r == 0 && program_text_paths(bytes, length, "/*perl*", &paths) < 0)
		r = diag_oom(diag);
	for (size_t i = 0; r == 0 && paths && paths[i]; i++)
		r = closure_walk_directory(walk, &walk->directories, paths[i],
					   diag);
	strv_free(paths);
	return r;
}

static int add_own(struct closure_walk *walk, const char *base,
		   const char *path, size_t length, struct diag *diag)
{
	CLEANUP_FREE char *word = strndup(path, length);
	CLEANUP_FREE char *directory = word ? path_join(base, word) : NULL;

	return directory ? closure_walk_directory(walk, &walk->own, directory,
						  diag)
			 : diag_oom(diag);
}

/* PERL5LIB, and -I where a program of the recipe is perl. */
static int find_own_directories(struct closure_walk *walk, struct diag *diag)
{
	const struct recipe *recipe = walk->closure->recipe;
	const char *path = closure_environment(recipe, "PERL5LIB");
	const char *workdir =
		recipe->config.workdir ? recipe->config.workdir : "/";
	struct recipe_program program;
	int r = 0;

	while (r == 0 && path && *path) {
		size_t length = strcspn(path, ":");

		r = add_own(walk, workdir, path, length, diag);
		path += length + (path[length] == ':');
	}
	for (size_t i = 0; r == 0 && recipe_program(recipe, i, &program); i++) {
		char *const *word = program.arguments;

		if (!rule_names(walk->act->rule->adds, path_name(*word)))
			continue;
		for (word++; r == 0 && *word; word++) {
			if (strncmp(*word, "-I", 2) == 0 && (*word)[2])
				r = add_own(walk, workdir, *word + 2,
					    strlen(*word + 2), diag);
		}
	}
	return r;
}

/* use lib "$FindBin::Bin/../lib": from where the script is. */
static int use_lib(struct closure_walk *walk, const struct walk_file *file,
		   const char *name, struct diag *diag)
{
	static const char *const variables[] = { "$FindBin::Bin",
						 "$FindBin::RealBin", "$Bin",
						 "$RealBin" };
	const char *workdir = walk->closure->recipe->config.workdir;

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		size_t length = strlen(variables[i]);

		if (strncmp(name, variables[i], length) == 0 &&
		    (name[length] == '/' || !name[length])) {
			CLEANUP_FREE char *base = path_parent(file->path);
			CLEANUP_FREE char *path = NULL;

			path = format_text(".%s", name + length);
			return base && path ? add_own(walk, base, path,
						      strlen(path), diag)
					    : diag_oom(diag);
		}
	}
	return add_own(walk, workdir ? workdir : "/", name, strlen(name), diag);
}

/* --- Modules --- */

/* "IO::Socket" is IO/Socket.pm. */
static char *file_of(const char *name)
{
	size_t length = strlen(name), out = 0;
	char *file;

	if (strchr(name, '/') || strstr(name, ".p"))
		return strdup(name);
	file = malloc(length + 4);
	for (size_t i = 0; file && i < length; i++) {
		if (name[i] == ':' && name[i + 1] == ':') {
			file[out++] = '/';
			i++;
		} else {
			file[out++] = name[i];
		}
	}
	if (file)
		memcpy(file + out, ".pm", 4);
	return file;
}

/* The object of a module in C, and what it loads by AUTOLOAD. */
static int take_auto(struct closure_walk *walk, const char *file,
		     struct diag *diag)
{
	char **const lists[] = { walk->own, walk->directories };
	CLEANUP_FREE char *stem = strndup(file, strlen(file) - 3);
	int r = stem ? 0 : diag_oom(diag);

	for (size_t k = 0; r == 0 && k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; r == 0 && lists[k] && lists[k][i]; i++) {
			CLEANUP_FREE char *pattern = NULL;
			size_t count;

			pattern =
				format_text("%s/auto/%s/*", lists[k][i], stem);
			r = pattern ? closure_add_files(walk->closure,
							walk->act, pattern,
							&count, diag)
				    : diag_oom(diag);
		}
	}
	return r;
}

static int missing(struct closure_walk *walk, const struct request *request,
		   const char *name, struct diag *diag)
{
	CLEANUP_FREE char *what = NULL;

	if (request->optional || request->file->node->because)
		return 0;
	what = format_text("the module %s", name);
	return what ? closure_walk_missing(walk, request->file, request->number,
					   what,
					   "add `fetch PACKAGE` with the "
					   "package that holds it, or copy it",
					   diag)
		    : diag_oom(diag);
}

static int place(struct closure_walk *walk, const struct request *request,
		 const char *path, struct diag *diag)
{
	CLEANUP_FREE char *from = node_path(request->file->node);
	CLEANUP_FREE char *reason = NULL;

	reason = format_text("used by %s:%u", from, request->number);
	return from && reason ? closure_walk_place(walk, request->file->node,
						   path, reason, true, diag)
			      : diag_oom(diag);
}

/* The first on the path. 1: it is there. */
static int find(struct closure_walk *walk, const struct request *request,
		const char *file, struct diag *diag)
{
	char **const lists[] = { walk->own, walk->directories };

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; lists[k] && lists[k][i]; i++) {
			CLEANUP_FREE char *path = path_join(lists[k][i], file);
			bool there;
			int r = path ? closure_walk_has(walk, path, &there,
							diag)
				     : diag_oom(diag);

			if (r == 0 && there)
				r = place(walk, request, path, diag);
			if (r < 0 || there)
				return r < 0 ? r : 1;
		}
	}
	return 0;
}

/* Words of what is implied: modules, files, and patterns of files. */
static int take_words(struct closure_walk *walk, const struct request *request,
		      const char *words, struct diag *diag)
{
	const struct request unsaid = { request->file, request->number, true };
	const char *word;
	size_t length;
	int r = 0;

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *name = strndup(word, length);

		if (!name)
			return diag_oom(diag);
		if (!path_has_pattern(name)) {
			r = take(walk, &unsaid, name, diag);
			continue;
		}
		for (size_t i = 0;
		     r == 0 && walk->directories && walk->directories[i]; i++) {
			CLEANUP_FREE char *pattern = NULL;
			size_t count;

			pattern = format_text("%s/%s", walk->directories[i],
					      name);
			r = pattern ? closure_add_files(walk->closure,
							walk->act, pattern,
							&count, diag)
				    : diag_oom(diag);
		}
	}
	return r;
}

static int take(struct closure_walk *walk, const struct request *request,
		const char *name, struct diag *diag)
{
	CLEANUP_FREE char *file = file_of(name);
	size_t length = file ? strlen(file) : 0;
	const char *words = perl_implied(name);
	bool new;
	int r = file ? closure_walk_new(walk, name, &new, diag)
		     : diag_oom(diag);

	if (r < 0 || !new)
		return r;
	r = find(walk, request, file, diag);
	if (r == 0)
		return missing(walk, request, name, diag);
	if (r > 0)
		r = words ? take_words(walk, request, words, diag) : 0;
	if (r == 0 && length > 3 && strcmp(file + length - 3, ".pm") == 0)
		r = take_auto(walk, file, diag);
	return r;
}

/* --- Texts --- */

static int take_use(struct closure_walk *walk, const struct walk_file *file,
		    const struct perl_use *use, struct diag *diag)
{
	const struct request request = { file, use->number, use->optional };

	if (use->kind == PERL_DIRECTORY)
		return use_lib(walk, file, use->name, diag);
	if (use->optional && file->node->because &&
	    perl_is_for_development(use->name))
		return 0;
	return take(walk, &request, use->name, diag);
}

static int take_signs(struct closure_walk *walk, const struct walk_file *file,
		      const char *text, struct diag *diag)
{
	const struct request request = { .file = file, .optional = true };
	const char *words;
	bool has;
	int r = 0;

	for (size_t i = 0;
	     r == 0 && (words = perl_implied_by_sign(i, text, &has)); i++) {
		if (has)
			r = take_words(walk, &request, words, diag);
	}
	return r;
}

static int look_through(struct closure_walk *walk, size_t index,
			struct diag *diag)
{
	CLEANUP_PERL struct perl_uses uses = PERL_USES_INIT;
	const struct walk_file file = walk->files[index];
	CLEANUP_FREE char *text = NULL;
	int r = closure_walk_read(walk, &file, &text, diag);

	if (r == 0)
		r = perl_uses_parse(text, &uses, diag);
	for (size_t i = 0; r == 0 && i < uses.count; i++)
		r = take_use(walk, &file, &uses.uses[i], diag);
	if (r == 0)
		r = take_signs(walk, &file, text, diag);
	if (r == 0 && uses.computed && !file.node->because)
		placer_warn(walk->closure->placer,
			    "%s:%u requires a file whose name it computes: "
			    "what that needs is to be copied by name",
			    file.path, uses.computed);
	return r;
}

int closure_perl(struct closure_walk *walk, bool begin, struct diag *diag)
{
	int r = 0;

	if (begin)
		r = find_own_directories(walk, diag);
	if (r == 0 && begin)
		r = find_directories(walk, diag);
	if (r == 0)
		r = closure_walk_scripts(walk, "*.pl *.pm *.psgi", diag);
	while (r == 0 && walk->done < walk->count)
		r = look_through(walk, walk->done++, diag);
	return r;
}
