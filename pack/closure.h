/*
 * The closure: what the files of a tree need in order to run, and what that
 * needs in turn. Nothing is executed to find it out.
 *
 *   ELF objects   their interpreter, their libraries (libraries.h), what
 *                 .note.dlopen names, what a rule knows (rules.h)
 *   scripts       the interpreter of the "#!" line, and env(1)'s program
 *   Apache        what the LoadModule lines of its configuration name
 *
 * What the recipe has put into the tree is looked at in the order in which it
 * came there, programs before libraries that no program asked for: those are
 * plug-ins, and what loads them is not known.
 */
#ifndef JAILPACK_CLOSURE_H
#define JAILPACK_CLOSURE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

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

#endif
