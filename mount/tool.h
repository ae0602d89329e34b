/*
 * Running a program of the host's, such as mkfs.ext4(8).
 */
#ifndef JAILMOUNT_TOOL_H
#define JAILMOUNT_TOOL_H

#include "lib/base.h"
#include "lib/diag.h"

/*
 * Run it to its end, with an empty standard input, an environment of its own
 * and no descriptor of ours but `inherit`, at the same number; -1: none. What
 * it says is shown if it fails: if its exit status is above `good`. -ENOENT if
 * there is no such program in the usual directories.
 */
int tool_run(const char *const *arguments, int inherit, int good,
	     struct diag *diag) MUST_CHECK;

#endif
