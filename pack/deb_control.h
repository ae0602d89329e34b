/*
 * The control file of a .deb: deb-control(5).
 */
#ifndef JAILPACK_DEB_CONTROL_H
#define JAILPACK_DEB_CONTROL_H

#include "lib/base.h"

#include <stdbool.h>

enum { DEB_CONTROL_LIMIT = 1 << 20 };

/*
 * Whether the text of a control file says in its Replaces field that the
 * package's files may take the place of those of the package `name`. Versions
 * are not looked at: apt has chosen what goes together.
 */
bool deb_control_replaces(const char *control, const char *name);

#endif
