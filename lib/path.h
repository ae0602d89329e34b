/*
 * Paths as text. Nothing here touches the file system.
 */
#ifndef JAIL_PATH_H
#define JAIL_PATH_H

#include "lib/base.h"

#include <stdbool.h>

/*
 * The lexical normal form of an absolute or relative path, always absolute:
 * one slash between components, no ".", ".." taken away textually and never
 * above the root, no slash at the end but for "/" itself. NULL when memory
 * runs out; the caller frees it.
 */
char *path_normalize(const char *path) MUST_CHECK;

/* True for a path that path_normalize() would return unchanged. */
bool path_is_normal(const char *path);

/* directory + "/" + name, normalized; `name` may be absolute and wins then. */
char *path_join(const char *directory, const char *name) MUST_CHECK;

/* What stands before the last slash of a normal path: "/" for "/usr". */
char *path_parent(const char *path) MUST_CHECK;

/* What stands behind the last slash; points into `path`. */
const char *path_name(const char *path);

/* True if normal `path` is `directory` or lies in it. */
bool path_within(const char *path, const char *directory);

/*
 * Does the relative target of a link at the normal path `path` lead above the
 * root? Where the links on its way lead does not count.
 */
bool path_climbs_out(const char *path, const char *target);

/*
 * Match a normal path against a pattern: "*" and "?" and "[...]" stay within
 * a component, "**" spans any number of components (also none).
 */
bool path_match(const char *pattern, const char *path);

/* True if the text holds one of the pattern characters * ? [ */
bool path_has_pattern(const char *text);

/* The longest leading part of a pattern, whole components only, that holds
 * no pattern character; "/" at least. The caller frees it. */
char *path_fixed_prefix(const char *pattern) MUST_CHECK;

#endif
