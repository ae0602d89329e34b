/*
 * Removing a directory and all that it holds.
 */
#ifndef JAILPACK_REMOVE_TREE_H
#define JAILPACK_REMOVE_TREE_H

#include "lib/base.h"

/*
 * `name` in the directory that `directory` is open on; links are removed, not
 * followed, and no other file system is entered. What is not there is fine.
 * 0 or -errno of the first thing that could not be removed.
 */
int remove_tree(int directory, const char *name) MUST_CHECK;

#endif
