/*
 * What the files that read a recipe share: the state of the reading, and the
 * rules by which one directive gives way to another. Nobody else includes it.
 *
 * Every file has a depth: 0 is the recipe, 1 what it includes, and so on. Of
 * what can be said once, that of the smallest depth stands, in whichever
 * order they come; two of the same depth are a mistake.
 */
#ifndef JAILPACK_RECIPE_READER_H
#define JAILPACK_RECIPE_READER_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/lex.h"
#include "lib/variables.h"
#include "pack/recipe.h"

#include <stdbool.h>
#include <sys/stat.h>

enum {
	RECIPE_DEPTH_MAX = 16,
	RECIPE_FILES_MAX = 256,
	RECIPE_ITEMS_MAX = 65536,
	RECIPE_BYTES_MAX = 64 << 20, /* of all words and here-documents */
};

/* A file that was read. Locations point into it, so it stays. */
struct recipe_text {
	struct recipe_text *next; /* the one read before it */
	struct lex_text text;
	char *directory; /* that it lies in */
	bool bundle;	 /* taken in by `with` */
	char *value;	 /* of `with NAME=VALUE`, or NULL */
	struct recipe_text *parent;
	struct location from; /* the parent's directive */
	unsigned int depth;
	dev_t device; /* these two tell whether a file is the same */
	ino_t inode;
	bool open; /* being read at the moment */
};

/* What can be said once. The limits stand in the order of their table. */
enum said {
	SAID_NAME,
	SAID_SUMMARY,
	SAID_VERSION,
	SAID_HOSTNAME,
	SAID_WORKDIR,
	SAID_RUN,
	SAID_STOP_SIGNAL,
	SAID_DRAIN,
	SAID_READY,
	SAID_NETWORK,
	SAID_CHECK,
	SAID_RESTORE_EVERY,
	SAID_LIMIT,
	SAID_COUNT = SAID_LIMIT + 10,
	SAID_OFTEN,
};

struct reader {
	struct recipe *recipe;
	const struct recipe_options *options;
	struct variables variables;
	struct recipe_text *text; /* being read; its depth counts */
	size_t file_count;
	size_t bytes;
	struct location said[SAID_COUNT];
	struct location *environment_at; /* beside config.environment */
	bool can_exclude;		 /* the statement before is a copy */
};

enum { ANY_NUMBER = LEX_WORDS_MAX };

/* One row a directive. */
struct directive {
	const char *name;
	size_t least, most; /* words behind the name */
	int (*handle)(struct reader *reader,
		      const struct lex_statement *statement, struct diag *diag);
	enum said said;	  /* SAID_OFTEN: it may come again */
	bool takes_here;  /* and needs it */
	const char *form; /* for the hint of an error */
};

/* NULL if there is none; the error with its suggestion is then filled in. */
const struct directive *directive_find(const struct lex_word *word,
				       struct diag *diag);

/*
 * May `at` take the place of what was said at *first? 1: yes, and *first is
 * now `at`. 0: no, *first stands. -EINVAL: both are of the same depth.
 */
int reader_precedence(struct reader *reader, struct location *first,
		      const struct location *at, const char *what,
		      struct diag *diag) MUST_CHECK;

/* The path that a GET asks for. */
int reader_request(const struct lex_word *word, char **ret_path,
		   struct diag *diag) MUST_CHECK;
/* The services together, once everything is read. */
int services_check(struct reader *reader, struct diag *diag) MUST_CHECK;

/* Replace *string by a copy. */
int reader_replace(char **string, const char *value,
		   struct diag *diag) MUST_CHECK;

/* Read the file that `include` or `with` names. */
int reader_include(struct reader *reader, const struct lex_word *word,
		   struct diag *diag) MUST_CHECK;
int reader_with(struct reader *reader, const struct lex_word *word,
		struct diag *diag) MUST_CHECK;
/* Read one statement after another from reader->text. */
int reader_statements(struct reader *reader, struct diag *diag) MUST_CHECK;

/* The predefined variables and those of -D. */
int definitions_make(struct reader *reader, struct diag *diag) MUST_CHECK;
/* A -D that the recipe had no use for is one whose name is misspelt. */
int definitions_check(const struct variables *variables,
		      struct diag *diag) MUST_CHECK;

/* Release what one element of the recipe's lists holds. */
void recipe_item_done(struct recipe_item *item);
void recipe_layer_done(struct recipe_layer *layer);
void recipe_persist_done(struct recipe_persist *persist);
void recipe_share_done(struct recipe_share *share);
void recipe_service_done(struct recipe_service *service);
void recipe_user_done(struct recipe_user *user);
void recipe_group_done(struct recipe_group *group);

/* The handlers, by file. */
#define HANDLER(name)                                                          \
	int name(struct reader *reader, const struct lex_statement *statement, \
		 struct diag *diag)

/* recipe_identity.c: who the jail is, and the language itself */
HANDLER(handle_name);
HANDLER(handle_summary);
HANDLER(handle_version);
HANDLER(handle_hostname);
HANDLER(handle_include);
HANDLER(handle_with);
HANDLER(handle_set);
/* recipe_items.c: what fills the tree */
HANDLER(handle_source);
HANDLER(handle_package);
HANDLER(handle_fetch);
HANDLER(handle_dir);
HANDLER(handle_link);
HANDLER(handle_copy);
HANDLER(handle_archive);
HANDLER(handle_exclude);
HANDLER(handle_file);
/* recipe_build.c: what is made while packing */
HANDLER(handle_build);
/* recipe_rules.c: what the closure adds */
HANDLER(handle_closure);
/* recipe_device.c */
HANDLER(handle_device);
/* recipe_accounts.c */
HANDLER(handle_user);
HANDLER(handle_group);
/* recipe_layers.c */
HANDLER(handle_writable);
HANDLER(handle_overlay);
/* recipe_places.c: directories of the host's */
HANDLER(handle_persist);
HANDLER(handle_share);
/* recipe_service.c: what runs */
HANDLER(handle_run);
HANDLER(handle_service);
/* recipe_run.c: how it runs */
HANDLER(handle_env);
HANDLER(handle_workdir);
HANDLER(handle_stop_signal);
HANDLER(handle_drain);
HANDLER(handle_ready);
HANDLER(handle_proc);
/* recipe_restore.c: when it is made new */
HANDLER(handle_check);
HANDLER(handle_restore);
HANDLER(handle_tripwire);
/* recipe_network.c: who it may answer and call */
HANDLER(handle_listen);
HANDLER(handle_connect);
HANDLER(handle_network);
/* recipe_confinement.c: what it may and how much */
HANDLER(handle_limit);
HANDLER(handle_allow);

/* A new item at the end of the recipe's. */
int reader_add_item(struct reader *reader, enum recipe_item_kind kind,
		    const struct location *at, struct recipe_item **ret_item,
		    struct diag *diag) MUST_CHECK;

#endif
