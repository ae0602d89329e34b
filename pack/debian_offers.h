/*
 * What a suite of Debian offers at the moment: versions of packages.
 */
#ifndef JAILPACK_DEBIAN_OFFERS_H
#define JAILPACK_DEBIAN_OFFERS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/apt_policy.h"
#include "pack/source.h"

/*
 * Ask for options->names, NAME or NAME:ARCHITECTURE. *ret_architecture is the
 * one that goes without saying in the names of the answer; the caller frees
 * it. -EINVAL for a name that cannot be one.
 */
int debian_offers(const struct debian_options *options,
		  struct apt_offers *ret_offers, char **ret_architecture,
		  struct diag *diag) MUST_CHECK;

#endif
