/*
 * The modules of a language that scripts are written in: from the scripts
 * through all that they take in. For the files closure*.c.
 */
#ifndef JAILPACK_CLOSURE_WALK_H
#define JAILPACK_CLOSURE_WALK_H

#include "pack/closure_internal.h"

#include <stdbool.h>

enum {
	WALK_FILES_MAX = 65536,
	WALK_FILE_BYTES_MAX = 16 << 20,
};

/* A text to be looked through. */
struct walk_file {
	struct node *node;
	char *path; /* where it was found; normal, and may lead over links */
	bool main;  /* it is run, not taken in */
};

struct closure_walk {
	struct closure *closure;
	const struct closure_act *act;
	struct walk_file *files;
	size_t count, done;
	char **own;	    /* where modules are looked for, in that order: */
	char **directories; /* the scripts' places, then the system's */
	char **known;	    /* what was looked for */
	size_t scripts, items; /* of the closure, that were seen to */
	bool scripts_warned;   /* once is enough */
};

void closure_walk_done(struct closure_walk *walk);

/* True the first time that a key is given. */
int closure_walk_new(struct closure_walk *walk, const char *key, bool *ret_new,
		     struct diag *diag) MUST_CHECK;

/* Put a directory at the end of a list of them, if it is there and not on it.
 */
int closure_walk_directory(struct closure_walk *walk, char ***list,
			   const char *path, struct diag *diag) MUST_CHECK;

/* Is there a regular file? */
int closure_walk_has(const struct closure_walk *walk, const char *path,
		     bool *ret_there, struct diag *diag) MUST_CHECK;

/*
 * Place a file for one that takes it in, and look into it if it is an object.
 * `text`: have it looked through, if it was not.
 */
int closure_walk_place(struct closure_walk *walk, struct node *from,
		       const char *path, const char *reason, bool text,
		       struct diag *diag) MUST_CHECK;

/* Have a file that is in the tree looked through. */
int closure_walk_add(struct closure_walk *walk, struct node *node,
		     const char *path, bool main, struct diag *diag) MUST_CHECK;

/*
 * Scripts that were not met before: those whose "#!" names the interpreter,
 * the first file that a program of the recipe gives it as an argument, and
 * files of the recipe whose names match `patterns` and which lie in none of
 * the system's directories. The directory of each is put on walk->own.
 */
int closure_walk_scripts(struct closure_walk *walk, const char *patterns,
			 struct diag *diag) MUST_CHECK;

/* The text of a file. */
int closure_walk_read(const struct closure_walk *walk,
		      const struct walk_file *file, char **ret_text,
		      struct diag *diag) MUST_CHECK;

/* Something that a file cannot do without is not there. */
int closure_walk_missing(const struct closure_walk *walk,
			 const struct walk_file *file, unsigned int number,
			 const char *what, const char *hint,
			 struct diag *diag) MUST_CHECK;

/* The text of the interpreter: the caller frees it. */
int closure_walk_program(const struct closure_walk *walk, char **ret_bytes,
			 size_t *ret_length, struct diag *diag) MUST_CHECK;

/* One a language: do what was not done yet. At the first time `begin`. */
int closure_python(struct closure_walk *walk, bool begin,
		   struct diag *diag) MUST_CHECK;
int closure_perl(struct closure_walk *walk, bool begin,
		 struct diag *diag) MUST_CHECK;
int closure_php(struct closure_walk *walk, bool begin,
		struct diag *diag) MUST_CHECK;

#endif
