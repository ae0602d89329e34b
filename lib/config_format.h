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
#define KEY_SYSCALLS ANNOTATION("allow-syscalls")

enum {
	CPU_PERIOD = 100000, /* microseconds; what the runtimes default to */
	CPU_QUOTA_PER_PERMILLE = CPU_PERIOD / 1000,
};

/* Everything that a run depends on, whoever filled the struct. -EINVAL and
 * the reason. */
int config_check(const struct config *config, struct diag *diag) MUST_CHECK;

/* What the annotations say, put into a contract that is otherwise empty. */
int config_read_annotations(const json_t *annotations, struct config *config,
			    struct diag *diag) MUST_CHECK;

#endif
