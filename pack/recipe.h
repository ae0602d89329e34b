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
#include "lib/location.h"

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
	bool is_host;	/* -C: the directory is the host's stand-in */
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
	ITEM_BUILD,   /* names[]: a command and its arguments; target: the
			 directory that it is run in, relative to the
			 recipe's */
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

struct recipe_persist {
	char *path;
	bool has_mode;
	mode_t mode;
	char *user, *group;
	uint64_t bytes; /* 0: as much as there is */
	struct location at;
};

struct recipe_share {
	/* As in the contract, but that `path` is as the recipe says it, or as
	 * follows from the source. */
	struct config_share share;
	struct location at;
};

struct recipe_tripwire {
	char *path;
	struct location at;
};

struct recipe_service {
	struct config_service service; /* port 0: it was not said */
	struct location at, port_at;
};

/* A rule of the closure (rules.h), to be gone by or not. */
struct recipe_rule {
	char *name;
	bool wanted;
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
	struct recipe_persist *persists;
	size_t persist_count;
	struct recipe_share *shares;
	size_t share_count;
	struct recipe_tripwire *tripwires;
	size_t tripwire_count;
	struct recipe_service *services; /* none if there is a `run` */
	size_t service_count;

	struct recipe_rule *rules; /* each name once */
	size_t rule_count;

	/*
	 * What needs nothing looked up is put straight into the contract:
	 * name, summary, version, hostname, arguments (of the first service),
	 * environment, workdir, capabilities, allowed_syscalls, listens,
	 * connects, network, addresses, restore, health, limits, stop_signal,
	 * drain, ready, log_*, proc. The other lists stay empty until
	 * contract_complete() and those who know the tree fill them.
	 */
	struct config config;

	/* `version package NAME`: the image's version is that package's. NULL:
	 * it is config.version. */
	char *version_package;
	struct location version_at;

	/* Where each of these was said; line 0 if it was not. run_at is where
	 * the first service is if they have names. */
	struct location run_at, listen_at, ready_at, restore_on_at, check_at;

	/* Storage for what the locations point at. */
	struct recipe_text *texts;
};

/* A program that the recipe runs, with its arguments. */
struct recipe_program {
	char *const *arguments; /* the first is the path; NULL-terminated */
	const struct location *at;
	const char *service; /* its name; NULL: it is that of `run` */
};

/* The one of `run`, or that of each service; false past the last. */
bool recipe_program(const struct recipe *recipe, size_t index,
		    struct recipe_program *ret_program);

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
