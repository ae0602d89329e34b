/*
 * A recipe: the text in which an operator says what a jail holds and how it
 * runs. Directives and syntax: jail-recipe(5).
 *
 * recipe_read() reads the file and everything it includes, substitutes
 * variables, checks every directive, and gives one struct in which the order
 * of the items that fill the tree is kept. It opens recipe files only; what
 * the recipe names is looked up later.
 */
#ifndef JAILPACK_RECIPE_H
#define JAILPACK_RECIPE_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/location.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum recipe_source_kind {
	SOURCE_HOST,
	SOURCE_DEBIAN,
	SOURCE_TREE,
	SOURCE_ARCHIVE
};

struct recipe_source {
	enum recipe_source_kind kind;
	char *argument; /* suite or NULL; directory or file, relative to the
			   recipe's directory */
	char *said;	/* the file as the recipe says it */
	struct location at;
};

enum recipe_item_kind {
	ITEM_PACKAGE, /* names[]: all files of these packages */
	ITEM_FETCH,   /* names[]: only make their files available to copy */
	ITEM_DIR,     /* path mode owner */
	ITEM_LINK,    /* path target */
	ITEM_DEVICE,  /* device */
	ITEM_COPY,    /* names[]: patterns in the source; path: where to, or
			 NULL for the same place */
	ITEM_FILE,    /* path mode owner content */
	ITEM_ARCHIVE, /* names[0]: the file as the recipe says it; target:
			 relative to the recipe's directory; path: where to,
			 or NULL for the jail's root */
};

/* Owners are kept as the words of the recipe: "root", "33", NULL. */
struct recipe_item {
	enum recipe_item_kind kind;
	struct location at;
	char **names;
	char **excludes; /* of `; exclude PATTERN...` behind it */
	char *path;
	char *target;
	char *content;
	size_t content_length;
	bool has_mode;
	mode_t mode; /* permissions; for devices with the type */
	char *user, *group;
	unsigned int major, minor;
};

struct recipe_user {
	char *name;
	bool has_uid, has_gid; /* otherwise looked up in the source */
	uint32_t uid, gid;
	char *home, *shell; /* NULL: "/" or "/nonexistent", nologin */
	struct location at;
};

struct recipe_group {
	char *name;
	bool has_gid;
	uint32_t gid;
	char **members;
	struct location at;
};

struct recipe_layer {
	enum config_layer_kind kind;
	char *path;
	uint64_t bytes, inodes;
	bool has_mode;
	mode_t mode;
	char *user, *group;
	struct location at;
};

struct recipe {
	char *path;	 /* of the recipe itself */
	char *directory; /* that it lies in; relative names start here */
	struct recipe_source *sources;
	size_t source_count;
	struct recipe_item *items; /* in the order in which they stand */
	size_t item_count;
	struct recipe_user *users;
	size_t user_count;
	struct recipe_group *groups;
	size_t group_count;
	struct recipe_layer *layers;
	size_t layer_count;

	/*
	 * What needs nothing looked up is put straight into the contract:
	 * name, summary, version, hostname, arguments, environment, workdir,
	 * capabilities, allowed_syscalls, listens, limits, stop_signal,
	 * drain, ready, log_*, proc. Its layers and devices stay empty until
	 * contract_complete().
	 */
	struct config config;

	/* Where each of these was said; line 0 if it was not. */
	struct location run_at, listen_at, ready_at;

	/* Storage for what the locations point at. */
	struct recipe_text *texts;
};

struct recipe_options {
	char *const *definitions;  /* -D NAME=VALUE, NULL-terminated or NULL */
	char *const *include_path; /* where `include NAME` and `with NAME`
				      look after the recipe's own directory;
				      NULL-terminated or NULL */
};

/*
 * The mistake that is met first is told, with its location: -EINVAL for what
 * the text says, what open(2) gave for a file that cannot be read.
 */
int recipe_read(const char *path, const struct recipe_options *options,
		struct recipe **ret_recipe, struct diag *diag) MUST_CHECK;

/* The same for a text in memory: it is read as if it were the file `path`,
 * which need not be there. */
int recipe_parse(const char *path, const char *text, size_t length,
		 const struct recipe_options *options,
		 struct recipe **ret_recipe, struct diag *diag) MUST_CHECK;

void recipe_free(struct recipe *recipe);

#endif
