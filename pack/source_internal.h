/*
 * What a source is made of, for the files that make one. Whoever only uses
 * sources stays with source.h.
 */
#ifndef JAILPACK_SOURCE_INTERNAL_H
#define JAILPACK_SOURCE_INTERNAL_H

#include "pack/dpkg.h"
#include "pack/id_table.h"
#include "pack/root_index.h"
#include "pack/source.h"
#include "pack/string_list.h"

struct source {
	int root;    /* O_PATH descriptor of its directory */
	char *name;  /* for messages and reasons */
	char *suite; /* of Debian, or NULL */

	/*
	 * Of an unpacked root: the packages, and the owners and permissions
	 * that its files are to have, which are not those on the disk. NULL
	 * for a directory, whose files are what they are.
	 */
	struct root_index *index;
	int lock; /* that keeps the unpacked root from being removed; or -1 */

	/* Of a directory, read when first asked for. */
	struct dpkg *installed; /* NULL also if it has no such database */
	bool installed_read;
	struct id_table users, groups;
	bool ids_read;

	/* What else there is to release, or NULL. */
	void (*release)(void *released);
	void *released;
};

/* A source on the directory `root`, which it takes over, as it does `name`.
 * On failure both are released. */
int source_new(int root, char *name, struct source **ret_source,
	       struct diag *diag) MUST_CHECK;

#endif
