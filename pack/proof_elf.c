/* The ELF objects of the tree, and which of them are loaded together. */
#include "lib/path.h"
#include "pack/closure.h"
#include "pack/format.h"
#include "pack/proof_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void proof_object_free(struct proof_object *object)
{
	if (!object)
		return;
	object->node->work = NULL;
	free(object->path);
	elf_done(&object->elf);
	elf_symbols_done(&object->symbols);
	free(object);
}

static int read_object(struct proof_object *object, int fd, struct diag *diag)
{
	int r = elf_read(fd, NULL, &object->elf, diag);

	if (r == 0 && object->elf.dynamic)
		r = elf_read_symbols(fd, &object->symbols, diag);
	object->musl =
		object->elf.interpreter
			? strstr(object->elf.interpreter, "/ld-musl-") != NULL
			: closure_needs_musl(&object->elf, false);
	/* The C library itself may be run, but is no program. */
	object->is_program = object->elf.interpreter && !object->elf.soname;
	return r;
}

int proof_take_object(struct proof *proof, struct node *node, int fd,
		      struct diag *diag)
{
	struct proof_object *object = calloc(1, sizeof(*object));
	int r;

	if (!object)
		return diag_oom(diag);
	object->node = node;
	object->path = node_path(node);
	r = object->path ? read_object(object, fd, diag) : diag_oom(diag);
	if (r == 0 && object->elf.dynamic &&
	    array_grow(&proof->objects, proof->object_count,
		       sizeof(struct proof_object *)) < 0)
		r = diag_oom(diag);
	if (r == 0 && object->elf.dynamic) {
		node->work = object;
		proof->objects[proof->object_count++] = object;
		return 0;
	}
	proof_object_free(object);
	/* What is damaged was warned about, and taken as it is. */
	if (r == -EBADMSG) {
		diag_done(diag);
		r = 0;
	}
	return r;
}

/* --- Loading --- */

static void scope_done(struct proof_scope *scope)
{
	for (size_t i = 0; i < scope->count; i++) {
		free(scope->loaded[i].origin);
		strv_free(scope->loaded[i].inherited);
	}
	free(scope->loaded);
}

static struct library_user user_of(const struct proof_scope *scope, size_t i)
{
	return (struct library_user){
		.elf = &scope->loaded[i].object->elf,
		.origin = scope->loaded[i].origin,
		.inherited = scope->loaded[i].inherited,
		.musl = scope->musl,
	};
}

/* Takes `inherited`. */
static int load(struct proof_scope *scope, struct proof_object *object,
		const char *name, const char *found_as, char **inherited,
		struct diag *diag)
{
	struct proof_loaded loaded = { object, name, path_parent(found_as),
				       inherited };

	if (!loaded.origin ||
	    array_grow(&scope->loaded, scope->count, sizeof(loaded)) < 0) {
		free(loaded.origin);
		strv_free(inherited);
		return diag_oom(diag);
	}
	scope->loaded[scope->count++] = loaded;
	scope->whole = scope->whole && object->symbols.complete;
	return 0;
}

static bool is_called(const struct proof_object *object, const char *name)
{
	return (object->elf.soname && strcmp(object->elf.soname, name) == 0) ||
	       strcmp(object->node->name, name) == 0;
}

static bool is_loaded(const struct proof_scope *scope, const char *name)
{
	for (size_t i = 0; i < scope->count; i++) {
		const struct proof_loaded *loaded = &scope->loaded[i];

		if ((loaded->name && strcmp(loaded->name, name) == 0) ||
		    (loaded->object->elf.soname &&
		     strcmp(loaded->object->elf.soname, name) == 0))
			return true;
	}
	return false;
}

/* A plug-in's library may be one that its program has loaded already. */
static struct proof_object *find_by_name(const struct proof *proof,
					 const struct proof_object *wants,
					 const char *name)
{
	for (size_t i = 0; i < proof->object_count; i++) {
		struct proof_object *object = proof->objects[i];

		if (is_called(object, name) &&
		    elf_identity_equal(&object->elf.identity,
				       &wants->elf.identity))
			return object;
	}
	return NULL;
}

static int missing(struct proof *proof, const struct proof_scope *scope,
		   size_t i, const char *name, const char *why,
		   struct diag *diag)
{
	const struct library_user user = user_of(scope, i);
	const struct proof_object *object = scope->loaded[i].object;
	CLEANUP_FREE char *sought = NULL;
	int r = libraries_sought(proof->libraries, &user, &sought, diag);

	if (r < 0)
		return r;
	return proof_find(proof, object->node,
			  format_text("%s needs %s, which %s (sought in %s)",
				      object->path, name, why, sought),
			  format_text("add `fetch PACKAGE` with the package "
				      "that holds %s, or leave %s out",
				      name, object->node->name),
			  diag);
}

/* *ret_found is what the jail's loader finds, which has no ld.so.cache to
 * lead it to the directories of ld.so.conf. */
static int look_up(struct proof *proof, const struct library_user *user,
		   const char *name, char **ret_found, struct diag *diag)
{
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	int r = libraries_find(proof->libraries, user, name, &found, diag);

	if (r < 0)
		return r;
	if (found.link && !tree_resolve(proof->tree.tree, found.link) &&
	    !tree_resolve(proof->tree.tree, "/etc/ld.so.cache"))
		return -ENOENT;
	*ret_found = steal_ptr(&found.path);
	return 0;
}

static int load_needed(struct proof *proof, struct proof_scope *scope, size_t i,
		       const char *name, struct diag *diag)
{
	const struct library_user user = user_of(scope, i);
	struct proof_object *object = NULL;
	CLEANUP_FREE char *found = NULL;
	CLEANUP_FREE char *why = NULL;
	char **inherited = NULL;
	struct node *node = NULL;
	int r = look_up(proof, &user, name, &found, diag);

	if (r == 0)
		r = proof_file(proof, found, false, &node, &why, diag);
	if (r == 0 && node)
		object = node->work;
	if ((r == -ENOENT || (r == 0 && !object)) &&
	    !scope->loaded[0].object->is_program) {
		object = find_by_name(
			proof, user.elf ? scope->loaded[i].object : NULL, name);
		r = 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	if (!object) {
		scope->whole = false;
		return missing(proof, scope, i, name,
			       why ? why : "is not in the tree", diag);
	}
	r = libraries_inherit(proof->libraries, &user, &inherited, diag);
	if (r < 0)
		return r;
	return load(scope, object, name, found ? found : object->path,
		    inherited, diag);
}

static int load_interpreter(struct proof *proof, struct proof_scope *scope,
			    struct proof_object *program, struct diag *diag)
{
	CLEANUP_FREE char *why = NULL;
	const char *path = program->elf.interpreter;
	struct node *node;
	int r = proof_file(proof, path, true, &node, &why, diag);

	if (r < 0)
		return r;
	if (!node)
		return proof_find(proof, program->node,
				  format_text("%s needs the interpreter %s "
					      "(PT_INTERP), which %s",
					      program->path, path, why),
				  proof_copy_hint(proof, path), diag);
	if (!node->work) /* a static one, or damaged */
		return 0;
	return load(scope, node->work, NULL, path, NULL, diag);
}

/* What a loader brings together for one program or plug-in. */
static int load_all(struct proof *proof, struct proof_scope *scope,
		    struct proof_object *root, struct diag *diag)
{
	int r = load(scope, root, NULL, root->path, NULL, diag);

	/* The loader is there before anything asks for it. */
	if (r == 0 && root->is_program)
		r = load_interpreter(proof, scope, root, diag);
	for (size_t i = 0; r == 0 && i < scope->count; i++) {
		char *const *needed = scope->loaded[i].object->elf.needed;

		if (root->is_program)
			scope->loaded[i].object->loaded = true;
		for (; r == 0 && needed && *needed; needed++) {
			if (!is_loaded(scope, *needed))
				r = load_needed(proof, scope, i, *needed, diag);
		}
	}
	return r;
}

static int prove(struct proof *proof, struct proof_object *root,
		 struct diag *diag)
{
	struct proof_scope scope = { .musl = root->musl, .whole = true };
	int r = load_all(proof, &scope, root, diag);

	/* musl knows no versions. */
	if (r == 0 && !scope.musl)
		r = proof_versions(proof, &scope, diag);
	if (r == 0)
		r = proof_symbols(proof, &scope, diag);
	scope_done(&scope);
	return r;
}

int proof_objects(struct proof *proof, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < proof->object_count; i++) {
		if (proof->objects[i]->is_program)
			r = prove(proof, proof->objects[i], diag);
	}
	for (size_t i = 0; r == 0 && i < proof->object_count; i++) {
		if (!proof->objects[i]->loaded)
			r = prove(proof, proof->objects[i], diag);
	}
	return r;
}
