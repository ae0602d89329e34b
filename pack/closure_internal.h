/*
 * What the files that work the closure out share. Nobody else includes it.
 */
#ifndef JAILPACK_CLOSURE_INTERNAL_H
#define JAILPACK_CLOSURE_INTERNAL_H

#include "pack/closure.h"
#include "pack/libraries.h"
#include "pack/rules.h"

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

/* Who looks names up, and in which databases: when all else is done, NSS is
 * seen to. */
struct closure_names {
	const struct closure_item *item; /* the first one, or NULL */
	struct elf_identity identity;
	char *reason;	  /* its own */
	char **databases; /* of nsswitch.conf */
	bool settled;	  /* there are no new ones */
};

/* A file with a "#!" that can be run, and what that names. */
struct closure_script {
	struct node *node;
	char *interpreter; /* a path, or env(1)'s word */
};

struct closure_languages;

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
	char **symbols;	   /* that the rules ask about */
	char **rules_done; /* those that need not be done again */
	struct closure_names names;
	char **pam_stacks; /* that were read */
	struct closure_script *scripts;
	size_t script_count;
	struct closure_languages *languages; /* NULL: none */
	const struct closure_item *program;  /* the first one of a C library */
	struct elf_identity program_identity;
	size_t late; /* items whose late rules are done */
};

/* A rule that was set off. */
struct closure_act {
	const struct rule *rule;
	const struct closure_item *item; /* the object or file that did it */
	const struct elf *elf;		 /* of an object, or else NULL */
	const char *reason;
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

/* With `placer->force` what is missing is warned about, and what the proof
 * looks up again is left to it: one telling is enough. */
bool closure_leaves_to_proof(const struct closure *closure);

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

/* The same if `node` is there by the recipe's own word; a warning if a rule has
 * brought it. */
int closure_absent(const struct closure *closure, const struct node *node,
		   const char *what, const char *hint, struct diag *diag);

/* closure_objects.c: interpreter, libraries, and what the rules add */
int closure_objects(struct closure *closure, struct closure_item *item,
		    const struct elf *elf, struct diag *diag) MUST_CHECK;
/* closure_rules.c: what the rules add for an object, and for a file */
int closure_object_rules(struct closure *closure,
			 const struct closure_item *item, const struct elf *elf,
			 struct diag *diag) MUST_CHECK;
/* `late`: those that need to know what program it is that the jail runs. */
int closure_file_rules(struct closure *closure, const struct closure_item *item,
		       bool late, struct diag *diag) MUST_CHECK;

/* Does the recipe want what notes of that priority say? */
bool closure_has_note_rule(const struct closure *closure, const char *priority);

/* closure_dlopen.c: what notes say, and warnings where nobody says it */
int closure_dlopen(struct closure *closure, const struct closure_item *item,
		   const struct elf *elf, struct diag *diag) MUST_CHECK;

/*
 * closure_files.c. Replace ${lib}, and ${NAME} by what the recipe's
 * environment has. -ENOENT without a diagnostic if it has no NAME. The caller
 * frees *ret_text.
 */
int closure_expand(struct closure *closure, const struct closure_act *act,
		   const char *text, size_t length, char **ret_text,
		   struct diag *diag) MUST_CHECK;
/* Place every file that one of the patterns matches, and look into it; links
 * on the way are followed. *ret_count is how many there are. */
int closure_add_files(struct closure *closure, const struct closure_act *act,
		      const char *patterns, size_t *ret_count,
		      struct diag *diag) MUST_CHECK;
/* Place one file, if it is there, and look into it. */
int closure_add_file(struct closure *closure, const struct closure_act *act,
		     const char *path, bool *ret_there,
		     struct diag *diag) MUST_CHECK;

/* What the rules' actions do, each in the file of its name. */
#define CLOSURE_ACTION(name)                                                   \
	int name(struct closure *closure, const struct closure_act *act,       \
		 struct diag *diag) MUST_CHECK
CLOSURE_ACTION(closure_take_names); /* closure_names.c: for closure_names() */
CLOSURE_ACTION(closure_charsets);
CLOSURE_ACTION(closure_locale); /* closure_environment.c */
CLOSURE_ACTION(closure_time_zone);
CLOSURE_ACTION(closure_terminal);
CLOSURE_ACTION(closure_take_language); /* closure_languages.c */
CLOSURE_ACTION(closure_lines);
CLOSURE_ACTION(closure_pam);
CLOSURE_ACTION(closure_openssl);

/* closure_charsets.c: the conversions of some character sets */
int closure_charsets_of(struct closure *closure, const struct closure_act *act,
			const char *words, struct diag *diag) MUST_CHECK;

/* closure_names.c: the services of nsswitch.conf, when all else is done */
int closure_names(struct closure *closure, struct diag *diag) MUST_CHECK;
/* closure_languages.c: the modules of scripts, when all else is done */
int closure_languages(struct closure *closure, struct diag *diag) MUST_CHECK;
void closure_languages_free(struct closure_languages *languages);
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
