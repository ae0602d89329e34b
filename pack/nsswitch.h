/*
 * nsswitch.conf(5): which services answer for a database. Pure.
 */
#ifndef JAILPACK_NSSWITCH_H
#define JAILPACK_NSSWITCH_H

#include "lib/base.h"

/*
 * Append the services that the text names for `database`, actions in brackets
 * left out, each once. Without a line for it they are those that glibc goes
 * by (nss/nss_database.c): files, and for hosts dns behind it. `text` may be
 * NULL: there is no such file. -ENOMEM.
 */
int nsswitch_services(const char *text, const char *database,
		      char ***services) MUST_CHECK;

#endif
