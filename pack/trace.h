/*
 * --trace: a recipe written by watching a service run.
 */
#ifndef JAILPACK_TRACE_H
#define JAILPACK_TRACE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/packer.h"

/*
 * Run the command of the options, or that of the recipe that is continued,
 * until it ends, and write what it showed to options->output. -EEXIST, before
 * anything runs, if there is such a file and neither --force nor --continue
 * was said.
 */
int trace(const struct packer *packer, struct diag *diag) MUST_CHECK;

#endif
