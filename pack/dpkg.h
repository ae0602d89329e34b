/*
 * The packages installed in a tree, as its dpkg database has them:
 * var/lib/dpkg/status, info/NAME[:ARCHITECTURE].list and diversions. Formats:
 * deb-control(5), dpkg-query(1), dpkg-divert(1).
 */
#ifndef JAILPACK_DPKG_H
#define JAILPACK_DPKG_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/packages.h"

struct dpkg;

/*
 * Read the database of the tree that `root` is open on, which must stay open.
 * Paths are given as they are in the tree: where /lib is a link to usr/lib,
 * what the database calls /lib/x is /usr/lib/x. *ret_dpkg is NULL if the tree
 * has no database.
 */
int dpkg_read(int root, struct dpkg **ret_dpkg, struct diag *diag) MUST_CHECK;
void dpkg_free(struct dpkg *dpkg);

/* They live as long as the database. */
struct packages *dpkg_packages(struct dpkg *dpkg);

#endif
