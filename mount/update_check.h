/*
 * Whether a jail that runs one image can go on with another. Pure.
 */
#ifndef JAILMOUNT_UPDATE_CHECK_H
#define JAILMOUNT_UPDATE_CHECK_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>

/* 0, or a negative errno and what stands in the way. `force` takes an image
 * of another name. */
int update_check(const struct config *running, const struct config *next,
		 bool force, struct diag *diag) MUST_CHECK;

/* True if both name the same peers. */
bool update_same_connects(const struct config *running,
			  const struct config *next);

/* True if the version of the next is lower; no version is lower than any. */
bool update_goes_back(const struct config *running, const struct config *next);

#endif
