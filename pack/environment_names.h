/*
 * What the values of LANG, TZ and TERM name: files, as glibc and ncurses look
 * for them. Pure. The caller frees what is returned.
 */
#ifndef JAILPACK_ENVIRONMENT_NAMES_H
#define JAILPACK_ENVIRONMENT_NAMES_H

#include "lib/base.h"

#include <stdbool.h>

/*
 * The directory's name beneath /usr/lib/locale, its character set written as
 * localedef(1) does (_nl_normalize_codeset()): de_DE.utf8 for de_DE.UTF-8. 1
 * if there is one; 0 for C, POSIX, and what is no name. -ENOMEM.
 */
int environment_locale(const char *value, char **ret_name) MUST_CHECK;

/* The character set of a locale's name, as it stands there: 1, 0, -ENOMEM. */
int environment_charset(const char *value, char **ret_charset) MUST_CHECK;

/*
 * The file of a TZ, absolute: 1 if it names one. 0 if it is empty or
 * describes the zone itself, as in CET-1CEST. -ENOMEM.
 */
int environment_time_zone(const char *value, char **ret_path) MUST_CHECK;

/* Can it be the name of a terminal? */
bool environment_is_terminal(const char *value);

#endif
