/*
 * What the files that complete a contract share. For contract*.c alone.
 */
#ifndef JAILPACK_CONTRACT_INTERNAL_H
#define JAILPACK_CONTRACT_INTERNAL_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/recipe.h"

#include <stdbool.h>

/* Where something is mounted when the jail runs. */
struct contract_place {
	const char *path;
	const char *word; /* of the recipe: "writable", "persist" ... */
	bool of_host;	  /* and not a layer */
	bool overlay;	  /* with what the image has there in sight */
	const struct location *at;
};

/* Layers, then persistent, then shared directories; false past the last. */
bool contract_place(const struct recipe *recipe, size_t index,
		    struct contract_place *ret_place);

/* Do they get in each other's way, or in that of a tripwire? */
int contract_check_places(const struct recipe *recipe,
			  struct diag *diag) MUST_CHECK;

/* Has each service that is started for each connection a port to itself? */
int contract_check_services(const struct recipe *recipe,
			    struct diag *diag) MUST_CHECK;
/* The port of a service, said or not; 0 if it has none. */
uint16_t contract_service_port(const struct recipe *recipe, size_t index);

/* Into an empty contract everything but what refers to the tree: layers,
 * devices, directories of the host's, tripwires. 0 or -ENOMEM. */
int contract_copy(struct config *copy, const struct recipe *recipe) MUST_CHECK;

#endif
