/*
 * The version that runs is kept (versions.h), by a child: the disk may be slow,
 * and the jail serves already.
 */
#ifndef JAILMOUNT_SUPERVISOR_VERSION_H
#define JAILMOUNT_SUPERVISOR_VERSION_H

#include "mount/supervisor.h"

/* The image that serves is to stay. */
void supervisor_note_version(struct supervisor *supervisor);

/* Be sure that it is kept by now: before another is compared with it, and
 * before the jail ends. */
void supervisor_settle_version(struct supervisor *supervisor);

#endif
