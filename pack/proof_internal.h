/*
 * What the files of the proof share. Nobody else includes it.
 */
#ifndef JAILPACK_PROOF_INTERNAL_H
#define JAILPACK_PROOF_INTERNAL_H

#include "pack/elf.h"
#include "pack/elf_symbols.h"
#include "pack/libraries.h"
#include "pack/proof.h"

#include <stdbool.h>

/* An ELF object of the tree that a loader may meet. Its node's `work`. */
struct proof_object {
	struct node *node;
	char *path;
	struct elf elf;
	struct elf_symbols symbols;
	bool musl;
	bool is_program;
	bool loaded;   /* some program is linked with it */
	bool reported; /* its symbols, once is enough */
};

struct proof_finding {
	const struct node *node;
	char *text, *hint;
};

struct proof {
	const struct placer *placer;
	const struct recipe *recipe;
	const struct config *config;
	struct view tree; /* without any source */
	struct libraries *libraries;
	struct proof_object **objects; /* in the tree's order */
	size_t object_count;
	struct proof_finding *findings;
	size_t finding_count;
	/* Links that came along and lead nowhere. */
	char **dangling;
};

/* Something fails. `hint` says what to add. Both texts are taken over; NULL
 * is out of memory. The same words count once. */
int proof_find(struct proof *proof, const struct node *node, char *text,
	       char *hint, struct diag *diag) MUST_CHECK;

/*
 * The file that a path leads to when the jail runs. NULL if there is none;
 * *ret_why then says it: "is not in the tree", "is hidden by `writable /x`".
 * The caller frees that. -ENOMEM only.
 */
int proof_file(const struct proof *proof, const char *path, bool executable,
	       struct node **ret_node, char **ret_why,
	       struct diag *diag) MUST_CHECK;

/* The recipe's word for what is mounted over a path and hides it, such as
 * "writable", and where that is; NULL: it is in sight. */
const char *proof_hidden(const struct proof *proof, const char *path,
			 const char **ret_by);

/* What to add so that a path is in the tree: the caller frees it. */
char *proof_copy_hint(const struct proof *proof, const char *path) MUST_CHECK;

/* proof_elf.c: take a regular file that begins like an ELF file */
int proof_take_object(struct proof *proof, struct node *node, int fd,
		      struct diag *diag) MUST_CHECK;
/* Every object, in the scope of each program and each plug-in. */
int proof_objects(struct proof *proof, struct diag *diag) MUST_CHECK;
void proof_object_free(struct proof_object *object);
/* proof_symbols.c: versions and symbols of what is loaded together */
struct proof_scope;
int proof_versions(struct proof *proof, const struct proof_scope *scope,
		   struct diag *diag) MUST_CHECK;
int proof_symbols(struct proof *proof, const struct proof_scope *scope,
		  struct diag *diag) MUST_CHECK;
/* proof_links.c: where links lead */
int proof_link(struct proof *proof, struct node *node,
	       struct diag *diag) MUST_CHECK;

/* Objects that are loaded together, in the loader's order: breadth first. */
struct proof_loaded {
	struct proof_object *object;
	const char *name; /* that it was asked for by */
	char *origin;
	char **inherited;
};

struct proof_scope {
	struct proof_loaded *loaded; /* the program or plug-in first */
	size_t count;
	bool musl;
	bool whole; /* nothing is missing, every symbol table is known */
};

#endif
