/*
 * The merged /usr: what packages still call /bin, /sbin, /lib and its kin is
 * a link to the directory of the same name in /usr, and the files are there.
 */
#ifndef JAILPACK_MERGED_USR_H
#define JAILPACK_MERGED_USR_H

#include "lib/base.h"

#include <stdbool.h>

/* "bin", "lib64" ...: NULL-terminated. */
extern const char *const merged_usr_names[];

/*
 * Which of them `path`, a normal one, is or begins with: its index in
 * merged_usr_names, or -1.
 */
int merged_usr_index(const char *path);

#endif
