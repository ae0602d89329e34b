/*
 * The control file of a .deb: deb-control(5).
 */
#ifndef JAILPACK_DEB_CONTROL_H
#define JAILPACK_DEB_CONTROL_H

#include "lib/base.h"

#include <stdbool.h>

/*
 * Whether the package in the file `path` says in its Replaces field that its
 * files may take the place of those of the package `name`. Versions are not
 * looked at: apt has chosen what goes together. False if it cannot be read.
 */
bool deb_replaces(const char *path, const char *name);

/* The same for the text of a control file. */
bool deb_control_replaces(const char *control, const char *name);

#endif
