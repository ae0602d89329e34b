/*
 * The directories that a dynamic loader searches, from the words that name
 * them: run paths with $ORIGIN and its like, ld.so.conf, what is built in.
 */
#ifndef JAILPACK_LOADER_PATHS_H
#define JAILPACK_LOADER_PATHS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/elf.h"
#include "pack/view.h"

#include <stdbool.h>

/* What the loaders of one machine have built in. */
struct loader_machine {
	unsigned int machine;
	unsigned char class;
	const char *triplet;   /* Debian's multiarch directory */
	const char *lib;       /* other distributions' */
	const char *musl;      /* musl's name of it */
	const char *platforms; /* of $PLATFORM: "a:b:c", the least last */
	const char *hwcaps;    /* below glibc-hwcaps, the best first; or "" */
};

/* NULL if the machine is not one of those known here. */
const struct loader_machine *
loader_machine_find(const struct elf_identity *identity);

/* What the words in a path stand for. */
struct loader_words {
	const char *origin;  /* $ORIGIN */
	const char *lib;     /* $LIB */
	const char *workdir; /* an empty element */
};

/*
 * Split a list at colons and append its directories to `*directories`
 * (NULL-terminated), words replaced, normalized. $PLATFORM becomes
 * `platform`; what holds it is left out if that is NULL.
 */
int loader_split_path(const char *list, const struct loader_words *words,
		      const char *platform, char ***directories,
		      struct diag *diag) MUST_CHECK;

/* True if some element of the list speaks of $PLATFORM. */
bool loader_has_platform(const char *list);

enum {
	LOADER_CONF_BYTES_MAX = 1 << 20,
	LOADER_CONF_FILES_MAX = 1024,
	LOADER_CONF_DEPTH_MAX = 8, /* of includes */
};

/* The directories of an ld.so.conf(5) file, in order, appended. No such file:
 * none. */
int loader_read_conf(const struct view *view, const char *path,
		     char ***directories, struct diag *diag) MUST_CHECK;

/* The directories of musl's /etc/ld-musl-ARCH.path, or its own. */
int loader_read_musl_path(const struct view *view, const char *arch,
			  char ***directories, struct diag *diag) MUST_CHECK;

#endif
