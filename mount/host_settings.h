/*
 * The host's word about a jail: /etc/jailmount/NAME.conf, and
 * /etc/jailmount/jailmount.conf for all of them. jailmount.conf(5) describes
 * both.
 *
 * host_settings_read() makes a struct of the text, host_settings_apply() puts
 * it onto a contract; both are pure. host_settings_load() finds and opens the
 * files.
 */
#ifndef JAILMOUNT_HOST_SETTINGS_H
#define JAILMOUNT_HOST_SETTINGS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/lex.h"
#include "lib/limit_words.h"
#include "mount/volume.h"

#include <stdbool.h>

#define HOST_SETTINGS_DIRECTORY "/etc/jailmount"
/* Without ".conf". A jail of that name has no settings of its own. */
#define HOST_SETTINGS_DEFAULTS "jailmount"

enum {
	HOST_SETTINGS_LIST_MAX = 1024, /* of anything that may come again */
};

/* What a host may forbid, beside capabilities. */
enum host_power {
	POWER_NETWORK_HOST,
	POWER_NETWORK_OWN,
	POWER_CONNECT,
	POWER_SHARE,
	POWER_PERSIST,
	POWER_SYSCALL, /* allow syscall, of any */
	HOST_POWERS,
};

/* `at.line` is 0 where nothing was said. */
struct host_limit {
	struct location at;
	uint64_t value; /* 0: none */
};

struct host_volume {
	struct location at;
	struct volume volume;
};

struct host_settings {
	/* What the locations point into. */
	struct lex_text *texts;
	size_t text_count;
	/* Of NAME.conf: */
	char *image; /* an absolute path, or a reference; NULL: not said */
	bool boot;
	char **after;	/* names of jails; may be NULL */
	char **listens; /* as --listen; may be NULL */
	struct location network_at, connect_at;
	enum config_network network;
	char **addresses; /* of CONFIG_NETWORK_OWN */
	char *interface;  /* as --interface, likewise; or NULL */
	char **gateways;
	struct endpoint *connects;
	size_t connect_count;
	struct host_limit limits[LIMIT_WORDS]; /* instead of the image's */
	struct host_volume *volumes;
	size_t volume_count;
	/* Of jailmount.conf: for those who ask for no limit. */
	struct host_limit defaults[LIMIT_WORDS];
	/* Of both: what nobody goes beyond. */
	struct host_limit most[LIMIT_WORDS];
	struct location forbidden[HOST_POWERS]; /* line 0: it is not */
	struct location forbidden_capabilities[64];
};

#define HOST_SETTINGS_INIT ((struct host_settings){ 0 })
#define CLEANUP_HOST_SETTINGS CLEANUP(host_settings_done)

void host_settings_done(struct host_settings *settings);

/*
 * Read one file's text into the settings, jailmount.conf's (`defaults`) before
 * NAME.conf's, which has the last word. -EINVAL for a mistake, with its place.
 */
int host_settings_read(struct host_settings *settings, const char *file,
		       const char *text, size_t length, bool defaults,
		       struct diag *diag) MUST_CHECK;

/* The command line's part; NULL-terminated lists, or NULL. */
struct host_requests {
	char *const *limits;	/* "memory=256M" */
	char *const *volumes;	/* as volume_parse() reads them */
	char *const *addresses; /* of a network of its own, "ADDRESS/LEN" */
};

/*
 * The contract as it is to be run: what the image asks, changed by the
 * settings, then by the command line, both within what the host allows. A
 * limit beyond `most` becomes that, if the image asks for it, and is -EINVAL
 * if the operator does; what is forbidden and still asked for is -EPERM.
 */
int host_settings_apply(const struct host_settings *settings,
			const struct host_requests *requests,
			struct config *config, struct diag *diag) MUST_CHECK;

/*
 * What is said of ports: the command line's requests, NULL-terminated or NULL,
 * and those of the settings for other ports.
 */
int host_settings_listens(const struct host_settings *settings,
			  char *const *requests, char ***ret_listens,
			  struct diag *diag) MUST_CHECK;

/*
 * Whose settings there are for the jail of that name in `directory`, which is
 * HOST_SETTINGS_DIRECTORY but in tests. Files that are not there say nothing;
 * -EPERM for one that somebody else than root could have written.
 */
int host_settings_load(const char *directory, const char *name,
		       struct host_settings *ret_settings,
		       struct diag *diag) MUST_CHECK;

/* True if NAME.conf is there. */
bool host_settings_exist(const char *directory, const char *name);

/* The names that have a file, sorted, NULL-terminated. */
int host_settings_list(const char *directory, char ***ret_names,
		       struct diag *diag) MUST_CHECK;

#endif
