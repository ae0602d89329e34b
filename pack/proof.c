#include "pack/proof.h"

#include "lib/path.h"
#include "pack/closure.h"
#include "pack/format.h"
#include "pack/proof_internal.h"
#include "pack/scripts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int proof_find(struct proof *proof, const struct node *node, char *text,
	       char *hint, struct diag *diag)
{
	bool known = false;

	for (size_t i = 0; text && i < proof->finding_count; i++)
		known = known || strcmp(proof->findings[i].text, text) == 0;
	if (text && hint && !known &&
	    array_grow(&proof->findings, proof->finding_count,
		       sizeof(*proof->findings)) == 0) {
		proof->findings[proof->finding_count++] =
			(struct proof_finding){ node, text, hint };
		return 0;
	}
	free(text);
	free(hint);
	return known ? 0 : diag_oom(diag);
}

const char *proof_hidden(const struct proof *proof, const char *path,
			 const char **ret_by)
{
	const struct config *config = proof->config;

	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		*ret_by = layer->path;
		if (layer->kind == CONFIG_LAYER_WRITABLE &&
		    path_within(path, layer->path))
			return "writable";
	}
	for (size_t i = 0; i < config->persist_count; i++) {
		*ret_by = config->persists[i].path;
		if (path_within(path, config->persists[i].path))
			return "persist";
	}
	for (size_t i = 0; i < config->share_count; i++) {
		*ret_by = config->shares[i].path;
		if (path_within(path, config->shares[i].path))
			return "share";
	}
	return NULL;
}

int proof_file(const struct proof *proof, const char *path, bool executable,
	       struct node **ret_node, char **ret_why, struct diag *diag)
{
	struct node *node = tree_resolve(proof->tree.tree, path);
	CLEANUP_FREE char *real = node ? node_path(node) : strdup(path);
	const char *word, *by;
	char *why;

	if (!real)
		return diag_oom(diag);
	*ret_node = NULL;
	word = proof_hidden(proof, real, &by);
	if (!node)
		why = strdup("is not in the tree");
	else if (!S_ISREG(node->mode))
		why = strdup("is no regular file");
	else if (executable && !(node->mode & 0111))
		why = strdup("may not be executed");
	else if (word)
		why = format_text("is hidden by `%s %s`", word, by);
	else {
		*ret_node = node;
		return 0;
	}
	*ret_why = why;
	return why ? 0 : diag_oom(diag);
}

char *proof_copy_hint(const struct proof *proof, const char *path)
{
	struct source_entry entry;
	struct source *source;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (view_source(&proof->placer->view, path, &source, &entry, &diag) < 0)
		return format_text("add `fetch PACKAGE` with the package that "
				   "holds it, and `copy %s`",
				   path);
	source_entry_done(&entry);
	return format_text("add: copy %s", path);
}

/* --- What the kernel executes --- */

static int run_program(struct proof *proof,
		       const struct recipe_program *program, struct diag *diag)
{
	const char *path = program->arguments[0];
	CLEANUP_FREE char *why = NULL;
	struct node *node;
	int r = proof_file(proof, path, true, &node, &why, diag);

	if (r < 0 || node)
		return r;
	return proof_find(proof, NULL,
			  format_text("%s%s %s: it %s",
				      program->service ? "service " : "run",
				      program->service ? program->service : "",
				      path, why),
			  proof_copy_hint(proof, path), diag);
}

static int run_programs(struct proof *proof, struct diag *diag)
{
	struct recipe_program program;
	int r = 0;

	for (size_t i = 0; r == 0 && recipe_program(proof->recipe, i, &program);
	     i++)
		r = run_program(proof, &program, diag);
	return r;
}

static int need_program(struct proof *proof, const struct node *script,
			const char *path, const char *name, struct diag *diag)
{
	CLEANUP_FREE char *found = NULL;
	int r = closure_find_program(&proof->tree, proof->recipe, name, &found,
				     diag);

	if (r != -ENOENT)
		return r;
	return proof_find(proof, script,
			  format_text("%s (#!env) needs the program %s, which "
				      "is nowhere in the PATH of the jail",
				      path, name),
			  format_text("add `fetch PACKAGE` with the package "
				      "that holds it, and `copy` it"),
			  diag);
}

static int need_interpreter(struct proof *proof, const struct node *script,
			    const char *path, const char *interpreter,
			    struct diag *diag)
{
	CLEANUP_FREE char *why = NULL;
	struct node *node;
	int r = proof_file(proof, interpreter, true, &node, &why, diag);

	if (r < 0 || node)
		return r;
	return proof_find(proof, script,
			  format_text("%s needs the interpreter %s (#!), which "
				      "%s",
				      path, interpreter, why),
			  proof_copy_hint(proof, interpreter), diag);
}

static int script(struct proof *proof, const struct node *node,
		  const char *bytes, size_t length, struct diag *diag)
{
	CLEANUP_SCRIPT struct script script = SCRIPT_INIT;
	CLEANUP_FREE char *path = node_path(node);
	int r = path ? script_parse(bytes, length, &script, diag)
		     : diag_oom(diag);

	if (r <= 0 ||
	    closure_is_by_the_way(proof->tree.tree, proof->recipe, node))
		return r < 0 ? r : 0;
	r = need_interpreter(proof, node, path, script.interpreter, diag);
	if (r == 0 && script.program)
		r = need_program(proof, node, path, script.program, diag);
	return r;
}

/* --- The tree --- */

static int regular_file(struct proof *proof, struct node *node,
			struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	char head[SCRIPT_LINE_MAX];
	struct elf_identity identity;
	ssize_t length;
	int r = node_open(node, &fd, diag);

	if (r < 0)
		return r;
	length = pread(fd, head, sizeof(head), 0);
	if (length < 0)
		return diag_errno(diag, -errno, "cannot read %s", node->name);
	if (elf_identify(head, (size_t)length, &identity))
		return proof_take_object(proof, node, fd, diag);
	if (!(node->mode & 0111))
		return 0;
	return script(proof, node, head, (size_t)length, diag);
}

static int look_at(struct proof *proof, struct node *node, struct diag *diag)
{
	int r = 0;

	if (S_ISREG(node->mode))
		r = regular_file(proof, node, diag);
	else if (S_ISLNK(node->mode))
		r = proof_link(proof, node, diag);
	for (size_t i = 0; r == 0 && i < node->child_count; i++)
		r = look_at(proof, node->children[i], diag);
	return r;
}

/* --- What comes out --- */

static void warn_of_links(const struct proof *proof)
{
	size_t count = strv_length(proof->dangling);

	if (count == 1)
		placer_warn(proof->placer, "%s leads nowhere",
			    proof->dangling[0]);
	else if (count > 1)
		placer_warn(proof->placer,
			    "%zu symbolic links lead nowhere: %s, %s%s", count,
			    proof->dangling[0], proof->dangling[1],
			    count > 2 ? " ..." : "");
}

static int tell(const struct proof *proof, struct diag *diag)
{
	bool force = proof->placer->force;
	const struct proof_finding *first = proof->findings;
	const struct location *at;

	for (size_t i = force ? 0 : 1; i < proof->finding_count; i++)
		placer_warn(proof->placer, "%s; %s", proof->findings[i].text,
			    proof->findings[i].hint);
	if (force || proof->finding_count == 0)
		return 0;
	at = first->node ? closure_recipe_line(proof->recipe, first->node)
			 : &proof->recipe->run_at;
	(void)diag_set(diag, -ENOENT, "%s", first->text);
	diag_hint(diag, "%s (--force packs it as it is)", first->hint);
	return at ? location_wrap(diag, -ENOENT, at) : -ENOENT;
}

static void proof_done(struct proof *proof)
{
	for (size_t i = 0; i < proof->object_count; i++)
		proof_object_free(proof->objects[i]);
	free(proof->objects);
	for (size_t i = 0; i < proof->finding_count; i++) {
		free(proof->findings[i].text);
		free(proof->findings[i].hint);
	}
	free(proof->findings);
	strv_free(proof->dangling);
	libraries_free(proof->libraries);
}

int proof_check(const struct placer *placer, const struct recipe *recipe,
		const struct config *config, struct diag *diag)
{
	struct proof proof = { .placer = placer,
			       .recipe = recipe,
			       .config = config,
			       .tree = { .tree = placer->view.tree } };
	int r = libraries_new(&proof.tree,
			      closure_environment(recipe, "LD_LIBRARY_PATH"),
			      config->workdir, &proof.libraries, diag);

	if (r == 0)
		r = run_programs(&proof, diag);
	if (r == 0)
		r = look_at(&proof, proof.tree.tree->root, diag);
	if (r == 0)
		r = proof_objects(&proof, diag);
	if (r == 0) {
		warn_of_links(&proof);
		r = tell(&proof, diag);
	}
	proof_done(&proof);
	return r;
}
