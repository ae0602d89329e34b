/*
 * Packing with a lock file (lock.h): what a recipe is packed from is held
 * against the file that lies beside it, or noted to write one.
 *
 * Whatever takes something from outside tells it here first.
 */
#ifndef JAILPACK_LOCKING_H
#define JAILPACK_LOCKING_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/lock.h"
#include "pack/source.h"
#include "pack/tree.h"

#include <stdbool.h>

struct locking {
	char *path;	  /* of the lock file */
	bool pinned;	  /* there is one, and exactly its things are taken */
	bool renew;	  /* one is to be written; nothing is pinned then */
	struct lock pins; /* what is in it */
	struct lock used; /* what was told */
	char **names;	  /* of the Debian packages that the recipe names */
};

#define LOCKING_INIT ((struct locking){ 0 })
#define CLEANUP_LOCKING CLEANUP(locking_done)

void locking_done(struct locking *locking);

/*
 * For the recipe NAME.recipe that is NAME.lock beside it; it is read if it is
 * there, unless it is to be written anew.
 */
int locking_open(const char *recipe_path, bool renew,
		 struct locking *ret_locking, struct diag *diag) MUST_CHECK;

/* False if nothing has to be told: no file, and none to write. */
bool locking_is_on(const struct locking *locking);

/* The four that follow: -ESTALE if the lock file has something else or
 * nothing, with a hint how it is renewed. */

/* An archive of that SHA-256 is about to be read. */
int locking_archive(struct locking *locking, const char *file,
		    const uint8_t sha256[SHA256_SIZE],
		    struct diag *diag) MUST_CHECK;

/* The recipe's `build` of that number, from 1, has made what build_digest()
 * gives that SHA-256. */
int locking_build(struct locking *locking, size_t number,
		  const uint8_t sha256[SHA256_SIZE],
		  struct diag *diag) MUST_CHECK;

/* Everything that the tree has from this source, packages of the host's. */
int locking_host(struct locking *locking, const struct tree *tree,
		 const struct source *source, struct diag *diag) MUST_CHECK;

/* A Debian package that the recipe names: NAME[=VERSION]. */
int locking_named(struct locking *locking, const char *name,
		  struct diag *diag) MUST_CHECK;

/* What the file has and nobody has asked for, in one line that the caller
 * frees; NULL if that is nothing. */
int locking_unused(const struct locking *locking, char **ret_text,
		   struct diag *diag) MUST_CHECK;

/* Write what was told: the file appears whole, or stays as it is. */
int locking_write(struct locking *locking, struct diag *diag) MUST_CHECK;

#endif
