/*
 * The apt.conf(5) that makes apt-get work in directories of its own.
 */
#ifndef JAILPACK_APT_SETTINGS_H
#define JAILPACK_APT_SETTINGS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "pack/apt.h"

#include <stdbool.h>

/*
 * Read after all of the host's apt.conf files, it overrules them. `as_root`:
 * downloading is left to the unprivileged user that the host has for it.
 */
void apt_settings(const struct apt *apt, bool as_root, struct buf *text);

#endif
