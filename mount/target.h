/*
 * What `--run` is about: an image, or a name that the host has settings for;
 * and the contract as it is to be run.
 */
#ifndef JAILMOUNT_TARGET_H
#define JAILMOUNT_TARGET_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/host_settings.h"
#include "mount/options.h"
#include "mount/verify.h"

#include <stdbool.h>

struct target {
	const struct options *options; /* not owned */
	char *path;		       /* of the image, absolute */
	bool configured;	       /* the object is a name */
	char *name;		       /* the jail's; NULL until it is known */
	struct host_settings settings;
	/* Of the command line and the settings: */
	char **listens;
	const char *interface;
	char *const *gateways;
};

#define TARGET_INIT ((struct target){ 0 })
#define CLEANUP_TARGET CLEANUP(target_done)

void target_done(struct target *target);

/*
 * Which image, before anything of it is read. A word without a '/' is a name
 * if there is a NAME.conf, and the path of an image otherwise.
 */
int target_find(const struct options *options, struct target *ret_target,
		struct diag *diag) MUST_CHECK;

/*
 * With the image verified: the jail's name, and in `config` what the host and
 * the command line make of the image's contract.
 */
int target_settle(struct target *target, struct config *config,
		  struct diag *diag) MUST_CHECK;

/*
 * The same for another image that is to go on with a jail: what was said when
 * it was started, the words behind "--" too, holds on.
 */
int target_apply(const struct target *target, struct config *config,
		 struct diag *diag) MUST_CHECK;

#endif
