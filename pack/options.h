/*
 * The command line of jailpack.
 */
#ifndef JAILPACK_OPTIONS_H
#define JAILPACK_OPTIONS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

enum action {
	ACTION_PACK, /* unless another is asked for */
	ACTION_LIST,
	ACTION_INSPECT,
	ACTION_WHY,
	ACTION_VERIFY,
	ACTION_CAT,
	ACTION_CHECK, /* of a recipe or an image */
	ACTION_SBOM,
	ACTION_DIFF, /* of two images */
	ACTION_EXTRACT,
	ACTION_OUTDATED, /* of images */
	ACTION_REPORT,
	ACTION_TRACE,	  /* a recipe from watching a service run */
	ACTION_FROM_UNIT, /* from a systemd unit */
	ACTION_SIGN,
	ACTION_ATTACH,	  /* a signature that was made elsewhere */
	ACTION_ROOT_HASH, /* what is signed there */
	ACTION_PUSH,	  /* an image to a registry */
	ACTION_PULL,
	ACTION_TAGS,
	ACTION_EXPORT, /* an image, for another engine */
	ACTION_HELP,
	ACTION_VERSION,
};

struct options {
	enum action action;
	char **words;	    /* recipes, or an image and what follows it */
	size_t word_count;  /* at least what the action needs */
	char **command;	    /* behind "--", of --trace; NULL-terminated, or
			       NULL */
	char **definitions; /* -D; NULL-terminated or NULL */
	const char *output; /* -o */
	const char *source; /* -C */
	const char *cache;
	const char *continued; /* --continue: the recipe */
	const char *compressor;
	const char *key, *certificate, *passphrase_file;
	const char *trust;		 /* a directory */
	const char *auth_file, *ca_file; /* of a registry */
	const char *base;		 /* --pull: an older image */
	uint64_t level;			 /* OPTIONS_NO_LEVEL: not said */
	uint64_t block_size, threads;	 /* 0: not said */
	uint64_t cache_size;		 /* 0: not said */
	uint64_t fail_above;		 /* OPTIONS_NO_SCORE: not said */
	bool no_cache, refresh, lock, dry_run, force, json;
	bool privileges; /* --extract */
	bool plain_http; /* of a registry */
};

#define OPTIONS_NO_LEVEL UINT64_MAX
#define OPTIONS_NO_SCORE UINT64_MAX
#define OPTIONS_INIT                                                           \
	((struct options){ .level = OPTIONS_NO_LEVEL,                          \
			   .fail_above = OPTIONS_NO_SCORE })
#define CLEANUP_OPTIONS CLEANUP(options_done)

/*
 * Options may stand anywhere; behind "--" there are only words, and with
 * --trace they are the command. The strings stay the argument vector's. -EINVAL
 * with the reason for whatever cannot be meant.
 */
int options_parse(int argc, char **argv, struct options *options,
		  struct diag *diag) MUST_CHECK;
void options_done(struct options *options);

const char *options_help(void);

#endif
