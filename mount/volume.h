/*
 * Volumes: the host's word about the directories of the host that a jail has,
 * what an image keeps (persist) and shares. Nothing here touches the system.
 */
#ifndef JAILMOUNT_VOLUME_H
#define JAILMOUNT_VOLUME_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>

enum volume_access {
	VOLUME_AS_ASKED, /* by the image; of what it does not name: ro */
	VOLUME_READ_ONLY,
	VOLUME_WRITABLE,
};

struct volume {
	char *source; /* a directory of the host, normal and absolute, or a
			 pattern as in a share; NULL: where it is anyway */
	char *path;   /* in the jail, normal and absolute */
	enum volume_access access;
};

void volume_done(struct volume *volume);

/* "[HOSTPATH:]PATH[:ro|:rw]", both absolute. -EINVAL and the reason. */
int volume_parse(const char *text, struct volume *ret_volume,
		 struct diag *diag) MUST_CHECK;

/*
 * Put it into a contract. What the image keeps at the path lies at `source`
 * then, and is no longer bounded; what it shares there is another directory.
 * With `widens`, which is the host's settings' right and not the command
 * line's, it may become writable, and may be a place that the image does not
 * name. -EINVAL for what may not be.
 */
int volume_apply(const struct volume *volume, bool widens,
		 struct config *config, struct diag *diag) MUST_CHECK;

#endif
