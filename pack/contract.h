/*
 * From a recipe to the run-time contract: what was not said gets its default,
 * and what must hold across several directives is checked. Pure.
 */
#ifndef JAILPACK_CONTRACT_H
#define JAILPACK_CONTRACT_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/recipe.h"

enum {
	CONTRACT_DRAIN_MILLISECONDS = 10 * 1000,
	CONTRACT_READY_MILLISECONDS = 30 * 1000,
};

/*
 * What a recipe starts from: the defaults of those numbers for which zero is
 * something that it might say.
 */
void contract_defaults(struct config *config);

/*
 * Fill *config with a copy of what the recipe put into its own, with every
 * default, and check the whole. Layers, devices, directories of the host's and
 * tripwires are left alone: whoever knows the tree and the owners by number
 * puts them there, before or after. Whatever else
 * *config holds is replaced, CONFIG_INIT is a good start. -EINVAL, told with
 * the location of the directive that is wrong, and *config still as it was.
 *
 * Defaults: version "0", hostname the name (the part that a host name can
 * be), workdir "/", ready listen if there is a port to listen on and exec
 * otherwise.
 */
int contract_complete(struct config *config, const struct recipe *recipe,
		      struct diag *diag) MUST_CHECK;

#endif
