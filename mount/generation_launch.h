/*
 * For generation.c alone: from host steps that are done to a program that is
 * executed.
 */
#ifndef JAILMOUNT_GENERATION_LAUNCH_H
#define JAILMOUNT_GENERATION_LAUNCH_H

#include "mount/generation.h"
#include "mount/seccomp.h"

/*
 * Makes the namespaces with an init in them and takes its report: init_pid,
 * the descriptors that come with it, and the notes are the generation's then,
 * and its to end also on failure. `pass` is what the filter was made with.
 */
int generation_launch(struct generation *generation,
		      const struct seccomp_filter *filter, uint64_t pass,
		      const struct generation_io *io,
		      struct diag *diag) MUST_CHECK;

#endif
