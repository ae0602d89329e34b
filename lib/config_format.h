/*
 * What the reader and the writer of the contract must agree on;
 * jail-image(5) is the source.
 */
#ifndef JAIL_CONFIG_FORMAT_H
#define JAIL_CONFIG_FORMAT_H

#include "lib/config.h"

#include <jansson.h>

/* Of the annotation KEY_CONTRACT. New words that are left out where
 * they are not needed do not change it; anything else does. */
#define CONTRACT_VERSION "1"
#define OCI_VERSION "1.0.2"

#define ANNOTATION(name) "io.jailpack." name
#define KEY_CONTRACT ANNOTATION("contract")
#define KEY_NAME ANNOTATION("name")
#define KEY_SUMMARY ANNOTATION("summary")
#define KEY_VERSION ANNOTATION("version")
#define KEY_LISTEN ANNOTATION("listen")
#define KEY_LOG ANNOTATION("log")
#define KEY_READY ANNOTATION("ready")
#define KEY_READY_TIMEOUT ANNOTATION("ready-timeout")
#define KEY_STOP_SIGNAL ANNOTATION("stop-signal")
#define KEY_DRAIN ANNOTATION("drain")
#define KEY_SERVICES ANNOTATION("services")
#define KEY_CONNECT ANNOTATION("connect")
#define KEY_NETWORK ANNOTATION("network")
#define KEY_PERSIST ANNOTATION("persist")
#define KEY_SHARE ANNOTATION("share")
#define KEY_TRIPWIRE ANNOTATION("tripwire")
#define KEY_RESTORE ANNOTATION("restore")
#define KEY_HEALTH ANNOTATION("health")
#define KEY_LIMIT_IO ANNOTATION("limit-io")
#define KEY_SYSCALLS ANNOTATION("allow-syscalls")

enum {
	CONFIG_PATH_MAX = 4095,
	CONFIG_ID_MAX = 65535, /* a jail numbers its users within 16 bits */
	CPU_PERIOD = 100000,   /* microseconds; what the runtimes default to */
	CPU_QUOTA_PER_PERMILLE = CPU_PERIOD / 1000,
};

/* Everything that a run depends on, whoever filled the struct. -EINVAL and
 * the reason. */
int config_check(const struct config *config, struct diag *diag) MUST_CHECK;

/* Its parts, by file: config_services.c, config_network.c, config_places.c */
int config_check_services(const struct config *config,
			  struct diag *diag) MUST_CHECK;
int config_check_restore(const struct config *config,
			 struct diag *diag) MUST_CHECK;
int config_check_network(const struct config *config,
			 struct diag *diag) MUST_CHECK;
int config_check_places(const struct config *config,
			struct diag *diag) MUST_CHECK;

/* What they share. */
int config_check_path(const char *path, const char *what,
		      struct diag *diag) MUST_CHECK;
/* A path that a GET may ask for. */
int config_check_request(const char *path, struct diag *diag) MUST_CHECK;
bool config_name_is_valid(const char *name);
/* True for the root, /dev and /proc, over which nothing is mounted. */
bool config_path_is_reserved(const char *path);

/* What the annotations say, put into a contract that is otherwise empty. */
int config_read_annotations(const json_t *annotations, struct config *config,
			    struct diag *diag) MUST_CHECK;

/*
 * Call `take` for each word of an annotation, if it is there; it returns 0,
 * -EINVAL for a word that is wrong, or -ENOMEM.
 */
int config_each_word(const json_t *annotations, const char *key,
		     int (*take)(void *context, const char *word),
		     void *context, struct diag *diag) MUST_CHECK;

/* Peers, network, restore, health, io limits: words with numbers. */
int config_read_words(const json_t *annotations, struct config *config,
		      struct diag *diag) MUST_CHECK;

/*
 * The annotations that hold lists of more than words, as JSON within their
 * string: services, persist, share, tripwire. Written with keys sorted and no
 * needless space; nothing is written for an empty list.
 */
int config_read_lists(const json_t *annotations, struct config *config,
		      struct diag *diag) MUST_CHECK;
/* 0, or -1 for want of memory. */
int config_write_lists(const struct config *config, json_t *annotations);

/* All annotations; NULL for want of memory. */
json_t *config_annotations(const struct config *config);

#endif
