/* Versions and symbols of objects that are loaded together. */
#include "pack/format.h"
#include "pack/proof_internal.h"

#include <string.h>

#define SAME_RELEASE                                                           \
	"take both from one release: name one `source` for them, and `fetch` " \
	"the packages that hold them"

static const struct proof_object *find_loaded(const struct proof_scope *scope,
					      const char *name)
{
	for (size_t i = 0; i < scope->count; i++) {
		const struct proof_loaded *loaded = &scope->loaded[i];
		const char *soname = loaded->object->elf.soname;

		if ((loaded->name && strcmp(loaded->name, name) == 0) ||
		    (soname && strcmp(soname, name) == 0))
			return loaded->object;
	}
	return NULL;
}

static int need_versions(struct proof *proof, const struct proof_scope *scope,
			 const struct proof_object *object, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < object->symbols.need_count; i++) {
		const struct elf_version_need *need = &object->symbols.needs[i];
		const struct proof_object *library =
			need->weak ? NULL : find_loaded(scope, need->file);

		/* A library that is missing has been told about. */
		if (!library ||
		    elf_symbols_have_version(&library->symbols, need->version))
			continue;
		r = proof_find(proof, object->node,
			       format_text("%s needs the version %s of %s, "
					   "which %s does not have",
					   object->path, need->version,
					   need->file, library->path),
			       format_text("%s", SAME_RELEASE), diag);
	}
	return r;
}

int proof_versions(struct proof *proof, const struct proof_scope *scope,
		   struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < scope->count; i++)
		r = need_versions(proof, scope, scope->loaded[i].object, diag);
	return r;
}

static bool define(const struct proof_object *object,
		   const struct elf_symbol *symbol, bool musl)
{
	const struct elf_symbol wanted = { symbol->name,
					   musl ? NULL : symbol->version };

	return elf_symbols_define(&object->symbols, &wanted);
}

static bool is_in_scope(const struct proof_scope *scope,
			const struct elf_symbol *symbol)
{
	for (size_t i = 0; i < scope->count; i++) {
		if (define(scope->loaded[i].object, symbol, scope->musl))
			return true;
	}
	return false;
}

/* By what may load a plug-in, or has been loaded before it. */
static bool is_anywhere(const struct proof *proof,
			const struct proof_object *plugin,
			const struct elf_symbol *symbol)
{
	for (size_t i = 0; i < proof->object_count; i++) {
		const struct proof_object *object = proof->objects[i];

		if (elf_identity_equal(&object->elf.identity,
				       &plugin->elf.identity) &&
		    (!object->symbols.complete ||
		     define(object, symbol, plugin->musl)))
			return true;
	}
	return false;
}

/* The first of an object's symbols that nothing defines, and how many. */
static size_t undefined(const struct proof *proof,
			const struct proof_scope *scope,
			const struct proof_object *object, bool plugin,
			const struct elf_symbol **ret_first)
{
	const struct elf_symbols *symbols = &object->symbols;
	size_t count = 0;

	for (size_t i = 0; i < symbols->import_count; i++) {
		const struct elf_symbol *symbol = &symbols->imports[i];

		if (is_in_scope(scope, symbol) ||
		    (plugin && is_anywhere(proof, object, symbol)))
			continue;
		if (count++ == 0)
			*ret_first = symbol;
	}
	return count;
}

static int tell_undefined(struct proof *proof, const struct proof_scope *scope,
			  const struct proof_object *object,
			  const struct elf_symbol *symbol, size_t count,
			  bool plugin, struct diag *diag)
{
	const char *at = symbol->version ? "@" : "";
	const char *version = symbol->version ? symbol->version : "";
	CLEANUP_FREE char *more =
		count > 1 ? format_text(" and %zu more", count - 1) : NULL;

	if (plugin) {
		placer_warn(proof->placer,
			    "%s needs the symbol %s%s%s%s, which nothing in "
			    "the tree defines: what would load it is not there",
			    object->path, symbol->name, at, version,
			    more ? more : "");
		return 0;
	}
	return proof_find(
		proof, object->node,
		format_text("%s needs the symbol %s%s%s%s, which nothing "
			    "defines that %s is linked with",
			    object->path, symbol->name, at, version,
			    more ? more : "", scope->loaded[0].object->path),
		format_text("%s", SAME_RELEASE), diag);
}

int proof_symbols(struct proof *proof, const struct proof_scope *scope,
		  struct diag *diag)
{
	bool plugin = !scope->loaded[0].object->is_program;
	int r = 0;

	for (size_t i = 0; r == 0 && scope->whole && i < scope->count; i++) {
		struct proof_object *object = scope->loaded[i].object;
		const struct elf_symbol *first = NULL;
		size_t count;

		/* The libraries of a plug-in come into their turn. */
		if (object->reported || (plugin && i > 0))
			continue;
		count = undefined(proof, scope, object, plugin, &first);
		if (count == 0)
			continue;
		object->reported = true;
		r = tell_undefined(proof, scope, object, first, count, plugin,
				   diag);
	}
	return r;
}
