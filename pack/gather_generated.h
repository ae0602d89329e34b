/*
 * What no source has: the files of /etc that follow from the recipe, the
 * directories that are mounted on, and, of the contract, what refers to the
 * tree. For gather.c.
 */
#ifndef JAILPACK_GATHER_GENERATED_H
#define JAILPACK_GATHER_GENERATED_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/* passwd, group, shadow, hostname, hosts: those that the recipe gives a reason
 * for and has not put there itself. */
int gather_accounts_files(struct placer *placer, const struct recipe *recipe,
			  struct diag *diag) MUST_CHECK;

/* /dev, /proc, the layers' directories, the working directory. */
int gather_mount_points(struct placer *placer, const struct recipe *recipe,
			const struct config *config,
			struct diag *diag) MUST_CHECK;

/* A directory of the tree, made if there is none. */
int gather_mount_point(struct placer *placer, const char *path, mode_t mode,
		       const char *reason, struct node **ret_node,
		       struct diag *diag) MUST_CHECK;

/* The contract's layers and devices, with paths as they are in the tree and
 * owners as numbers. */
int gather_contract(struct placer *placer, const struct recipe *recipe,
		    struct config *config, struct diag *diag) MUST_CHECK;

#endif
