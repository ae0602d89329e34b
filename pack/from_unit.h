/*
 * --from-unit: a recipe drafted from a systemd unit file.
 */
#ifndef JAILPACK_FROM_UNIT_H
#define JAILPACK_FROM_UNIT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/packer.h"

/*
 * The unit is options->words[0]: a path, or a name that is looked for where
 * systemd does, with its drop-ins and its socket unit; the recipe goes to
 * options->output. -ENOENT if there is no such unit, -EEXIST as in trace().
 */
int from_unit(const struct packer *packer, struct diag *diag) MUST_CHECK;

#endif
