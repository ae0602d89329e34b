/*
 * The closure: what the files of a tree need in order to run, and what that
 * needs in turn. Nothing is executed to find it out.
 *
 *   ELF objects   their interpreter, their libraries (libraries.h), what
 *                 .note.dlopen names, what a rule knows (rules.h)
 *   scripts       the interpreter of the "#!" line, and env(1)'s program
 *   dlopen(3)     of anything else that imports it, a warning with the names
 *                 found among its constants (elf_strings.h)
 *   Apache        what the LoadModule lines of its configuration name
 *   nginx         what its load_module lines name
 *
 * What the recipe has put into the tree is looked at in the order in which it
 * came there, programs before libraries that no program asked for: those are
 * plug-ins, and what loads them is not known.
 */
#ifndef JAILPACK_CLOSURE_H
#define JAILPACK_CLOSURE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/elf.h"
#include "pack/place.h"
#include "pack/recipe.h"

#include <stdbool.h>

/*
 * Complete the placer's tree. Whatever is missing is an error that names who
 * needs it, what was looked for where, and the line of the recipe that
 * brought it about: -ENOENT. What may be missing is warned about.
 */
int closure_complete(struct placer *placer, const struct recipe *recipe,
		     struct diag *diag) MUST_CHECK;

/*
 * The path of a program as execvp(3) would find it by the recipe's PATH, or
 * the default one: the caller frees it. -ENOENT without a diagnostic.
 */
int closure_find_program(const struct view *view, const struct recipe *recipe,
			 const char *name, char **ret_path,
			 struct diag *diag) MUST_CHECK;

/* What the recipe sets a variable of the environment to, or NULL. */
const char *closure_environment(const struct recipe *recipe, const char *name);

/* The recipe's word that in the end brought a node into the tree; NULL if it
 * cannot be told. */
const struct location *closure_recipe_line(const struct recipe *recipe,
					   const struct node *node);

/*
 * True for a script that may be without its interpreter: it came with a whole
 * package or by a pattern, and nobody is known to run it. Debian's libraries
 * of Python have "#!/usr/local/bin/python" in them.
 */
bool closure_is_by_the_way(const struct tree *tree, const struct recipe *recipe,
			   const struct node *script);

/* Libraries for musl say so by what they need; `otherwise` if they do not. */
bool closure_needs_musl(const struct elf *elf, bool otherwise);

#endif
