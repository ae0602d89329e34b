/*
 * The command line of jailmount: an object and what to do with it.
 */
#ifndef JAILMOUNT_OPTIONS_H
#define JAILMOUNT_OPTIONS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum action {
	ACTION_NONE,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_RUN,
	ACTION_ASSEMBLE, /* IMAGE DIR */
	ACTION_UMOUNT,
	ACTION_RESTORE,
	ACTION_STOP,
	ACTION_STATUS,
	ACTION_DIFF,
	ACTION_EXEC,
	ACTION_SERVICE,
	ACTION_LIST,
	ACTION_LOGS,
	ACTION_DRILL,
	ACTION_EVIDENCE,
	ACTION_IMAGES, /* that came from registries */
	ACTION_GC,
	ACTION_BOOT,
	ACTION_SHUTDOWN,
	ACTION_UPDATE,
};

struct options {
	enum action action;
	const char *object;	/* an image's path or a jail's name */
	const char *directory;	/* of IMAGE DIR and --umount DIR; the evidence
				   of --diff EVIDENCE */
	const char *name;	/* --name */
	const char *service;	/* --service */
	const char *order;	/* start, stop or restart, of --service */
	const char *log_to;	/* --log-to: journal or file */
	char **listens;		/* --listen; NULL-terminated or NULL */
	char **addresses;	/* --address; as listens */
	const char *interface;	/* --interface */
	char **gateways;	/* --gateway; as listens */
	char **limits;		/* --limit, likewise */
	char **volumes;		/* --volume, likewise */
	char *const *arguments; /* behind "--"; NULL if there was none */
	bool detach;		/* -d */
	bool interactive;	/* -i */
	bool dry_run;
	bool unshared; /* --run --unshared */
	bool json;
	bool no_evidence;	/* of --restore and --update */
	bool force;		/* likewise */
	bool evidence;		/* --stop --evidence */
	const char *quarantine; /* --restore --quarantine, a time */
	const char *update;	/* the new image; "": the configured one */
	const char *trial;	/* --update --trial, a time */
	bool allow_unsigned;	/* --unsigned */
	bool downgrade;
	const char *seal_limit; /* --seal-limit, a size */
	const char *verity;	/* --verity, a word */
	bool all;		/* --diff --all, --explain --all */
	bool explain;
	bool follow;		/* --logs --follow */
	const char *lines;	/* --logs --lines, a number */
	const char *generation; /* --diff --generation, a number */
	char **sources;		/* --source, of --explain; as listens */
	const char *output;	/* --output, likewise */
	const char *keep;	/* --gc --keep, a number */
	const char *auth_file, *ca_file; /* of a registry */
	bool plain_http;
};

#define OPTIONS_INIT ((struct options){ 0 })
#define CLEANUP_OPTIONS CLEANUP(options_done)

/*
 * Options may stand before and behind the object; what follows "--" is left
 * alone. The strings stay the argument vector's. -EINVAL with the reason; even
 * then `action` tells what was wanted, as far as it was understood, because
 * the exit status depends on it.
 */
int options_parse(int argc, char *const *argv, struct options *options,
		  struct diag *diag) MUST_CHECK;
void options_done(struct options *options);

const char *options_help(void);

#endif
