/*
 * What the files that work the closure out share. Nobody else includes it.
 */
#ifndef JAILPACK_CLOSURE_INTERNAL_H
#define JAILPACK_CLOSURE_INTERNAL_H

#include "pack/closure.h"
#include "pack/libraries.h"

#include <stdbool.h>

/* A file to be looked into, in the circumstances in which it is loaded. */
struct closure_item {
	struct node *node;
	char *origin;	  /* directory it was found in */
	char **inherited; /* run paths of what loads it, or NULL */
	bool musl;	  /* what loads it is musl's loader */
	bool from_recipe; /* nothing asked for it but the recipe */
	struct closure_item *same_node; /* in other circumstances */
};

struct closure {
	struct placer *placer;
	const struct recipe *recipe;
	struct libraries *libraries;
	struct closure_item **items; /* to be done in order */
	size_t item_count, done;
	/* Libraries that the recipe brought: looked at once the programs are
	 * done, if nothing has asked for them by then. */
	struct closure_item **waiting;
	size_t waiting_count;
	size_t files_seen; /* of placer->files */
	/* The first object that looks names up, and by which symbol: when all
	 * else is done, NSS is seen to. */
	const struct closure_item *names_item;
	const char *names_symbol;
	struct elf_identity names_identity;
};

/*
 * Place what a path leads to. What the closure places does not count among
 * the files that the recipe brought. -ENOENT without a diagnostic.
 */
int closure_place(struct closure *closure, const char *path,
		  struct node *because, const char *reason,
		  struct node **ret_node, struct diag *diag) MUST_CHECK;

/*
 * Have a file looked into in its turn, unless it stands there in the same
 * circumstances. `found_as` is the path by which it was found; `inherited` is
 * taken over.
 */
int closure_look_into(struct closure *closure, struct node *node,
		      const char *found_as, char **inherited, bool musl,
		      struct diag *diag) MUST_CHECK;

/*
 * Place what a path leads to and look into it. `from` is who needs it; its
 * circumstances are handed on. -ENOENT without a diagnostic.
 */
int closure_need_file(struct closure *closure, const struct closure_item *from,
		      const char *path, const char *reason,
		      struct node **ret_node, struct diag *diag) MUST_CHECK;

/*
 * Find a library for an object, place it with its variants and, if it needs
 * one, its link. -ENOENT without a diagnostic.
 */
int closure_need_library(struct closure *closure,
			 const struct closure_item *from, const struct elf *elf,
			 const char *name, const char *reason,
			 struct diag *diag) MUST_CHECK;

/*
 * -ENOENT, told with the recipe's line that brought `node` into the tree:
 * "NODE needs WHAT", where it was sought, and what to do. With
 * `placer->force` it is a warning, and 0.
 */
int closure_missing(const struct closure *closure, const struct node *node,
		    const char *what, const char *sought, const char *hint,
		    struct diag *diag);
/* The same for a library, sought where the object's loader would. */
int closure_missing_library(const struct closure *closure,
			    const struct closure_item *from,
			    const struct elf *elf, const char *name,
			    struct diag *diag);

/* closure_objects.c: interpreter, libraries, and what the rules add */
int closure_objects(struct closure *closure, struct closure_item *item,
		    const struct elf *elf, struct diag *diag) MUST_CHECK;
/* closure_rules.c: libraries by rule, notes, warnings */
int closure_apply_rules(struct closure *closure,
			const struct closure_item *item, const struct elf *elf,
			struct diag *diag) MUST_CHECK;
/* closure_names.c: the libraries of nsswitch.conf, once, for names_item */
int closure_names(struct closure *closure, struct diag *diag) MUST_CHECK;
/* closure_script.c: 1 if the bytes begin a script, 0 if not */
int closure_script(struct closure *closure, const struct closure_item *item,
		   const char *bytes, size_t length,
		   struct diag *diag) MUST_CHECK;
/* closure_apache.c: what a main configuration file of Apache loads */
int closure_apache(struct closure *closure, const struct closure_item *item,
		   struct diag *diag) MUST_CHECK;
/* closure_nginx.c: the same of nginx, if that is what the recipe runs */
int closure_nginx(struct closure *closure, const struct closure_item *item,
		  struct diag *diag) MUST_CHECK;

#endif
