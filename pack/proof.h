/*
 * The static proof: before an image is sealed, what its programs cannot do
 * without is looked up in the finished tree, as the kernel and the loader
 * will look it up, with no source behind it. It stands on the closure, but
 * does not take its word.
 *
 *   the run command  is there, may be executed, and no layer hides it
 *   ELF objects      interpreter, every DT_NEEDED in the loader's order,
 *                    every version of verneed, every symbol that is not weak
 *   scripts          the interpreter of "#!", and env(1)'s program, but of
 *                    those that came along with others (closure.h)
 *   symbolic links   lead to something
 *
 * Where it cannot be decided, nothing is said. The scope of a program is
 * itself and what it is linked with. A plug-in is bound to whatever program
 * loads it, so its symbols may be defined by any object of the tree; if none
 * does it is a warning, for the program that would is not here. Neither is
 * said of objects whose symbol tables do not tell how long they are.
 *
 * A link that the recipe names has to lead somewhere. One that came along
 * with other things is warned about: packages bring many that lead into other
 * packages. What leads into /dev, /proc, /sys, /run or a layer is there when
 * the jail runs, or the service's own affair.
 */
#ifndef JAILPACK_PROOF_H
#define JAILPACK_PROOF_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/*
 * -ENOENT for the first thing that fails, with the recipe's line that brought
 * the object and what to add; the others are warned about. With
 * `placer->force` all of them are.
 */
int proof_check(const struct placer *placer, const struct recipe *recipe,
		const struct config *config, struct diag *diag) MUST_CHECK;

#endif
