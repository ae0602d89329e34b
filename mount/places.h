/*
 * Directories of the host in a jail: what it keeps across restores (persist)
 * and what it shares with others (share).
 *
 * The supervisor opens them before the first generation; each generation
 * mounts clones of them, whose owners are mapped: what belongs to id n of the
 * jail belongs to id n on the host's disk. nosuid, nodev, noexec, and
 * read-only unless the recipe says otherwise; mounts that lie in a directory
 * of the host do not come along.
 *
 * That the owner of a file on the disk may be root is why the system call
 * filter lets no jail that can write here set set-id bits (seccomp.c), and why
 * what is kept lies in a directory that only root may enter.
 */
#ifndef JAILMOUNT_PLACES_H
#define JAILMOUNT_PLACES_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>

#define PERSIST_DIRECTORY "/var/lib/jailmount/persist"

enum {
	PLACES_MAX = 4096, /* with all that patterns match */
};

enum place_kind {
	PLACE_DIRECTORY, /* `source`, O_PATH */
	PLACE_DEVICE,	 /* an ext4 file system: the loop device `source` */
	PLACE_HOLDER,	 /* made for nothing but to hold the next ones */
};

struct place {
	enum place_kind kind;
	int source;
	char *path;  /* in the jail */
	char *shown; /* on the host, for messages; of a device its path */
	bool writable;
};

struct places {
	struct place *items; /* outer ones before those that lie in them */
	size_t count;
};

#define PLACES_INIT ((struct places){ 0 })
#define CLEANUP_PLACES CLEANUP(places_done)

void places_done(struct places *places);

/*
 * Open what the contract names, for the jail of that name; what is kept for
 * it is made if need be. `persist_root` is PERSIST_DIRECTORY but in tests.
 * `running` are those of the image that runs, or NULL: a file system of theirs
 * is taken from there, since it must not be behind two loop devices.
 */
int places_open(const struct config *config, const char *jail,
		const char *persist_root, const struct places *running,
		struct places *ret_places, struct diag *diag) MUST_CHECK;

/* --- For places_open() ---------------------------------------------------- */

/* One more; the texts are copied. Takes place->source over, on failure too. */
int places_add(struct places *places, const struct place *place,
	       struct diag *diag) MUST_CHECK;

/* persist.c: the directory or file system that the host keeps. Sets kind and
 * source, and of a device `shown`, which is then the caller's to free. */
int persist_open(const struct config_persist *persist, int jail_directory,
		 const char *shown, struct place *ret_place,
		 struct diag *diag) MUST_CHECK;

/* share.c: the directory, or all that match the pattern. */
int share_open(const struct config_share *share, struct places *places,
	       struct diag *diag) MUST_CHECK;

/* --- place_mounts.c: one generation's clones ------------------------------ */

/*
 * Detached mounts, one for each place, in `mounts`, which holds -1 before.
 * `base` is the host's number for the jail's id 0. On failure those that were
 * made are the caller's to close.
 */
int place_mounts_create(const struct places *places, int user_namespace,
			uint32_t base, int *mounts,
			struct diag *diag) MUST_CHECK;

/* Attach them beneath the jail's root. */
int place_mounts_attach(const struct places *places, const int *mounts,
			int root, struct diag *diag) MUST_CHECK;

#endif
