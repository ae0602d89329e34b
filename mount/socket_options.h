/*
 * What a service has set on a socket of its own, before a socket of the
 * supervisor's takes its place.
 */
#ifndef JAILMOUNT_SOCKET_OPTIONS_H
#define JAILMOUNT_SOCKET_OPTIONS_H

#include "lib/base.h"
#include "mount/caller.h"

/* Options, sizes of buffers and file status flags, defaults too: that also
 * takes back what an intruder in the generation before did to the socket. */
void socket_options_carry(const struct caller *caller, int fd);

#endif
