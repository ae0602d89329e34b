/*
 * TCP sockets that listen at one address, of which one is preferred: to that
 * one goes all that comes, and what waits in the queue of another when that is
 * shut, or closed by the last who has it.
 *
 * SO_REUSEPORT, socket(7), with a program of the type that decides about
 * migration too (Linux 5.14). Which one is preferred stands in a map, which
 * goes from each socket to the next at its address: the kernel lets a socket
 * be in one map only.
 */
#ifndef JAILMOUNT_REUSEPORT_H
#define JAILMOUNT_REUSEPORT_H

#include "lib/base.h"

/* A map in which nobody is preferred. A descriptor or -errno. */
int reuseport_map(void) MUST_CHECK;

/*
 * Before the second is bound, or listens: let both be at one address. 0 or
 * -errno.
 */
int reuseport_allow(int old, int fresh) MUST_CHECK;

/*
 * All that listen together with this one go by that map from now on. Before it
 * is bound, or when it listens and was allowed; its filter must not be locked
 * yet. 0 or -errno.
 */
int reuseport_attach(int fd, int map) MUST_CHECK;

/* This one is preferred, which listens. 0 or -errno; -EBUSY if another map
 * has it. */
int reuseport_prefer(int map, int fd) MUST_CHECK;

/* Nobody who is not there yet may come to its address. */
void reuseport_forbid(int fd);

/* Whether this kernel does it. 0 or -errno. */
int reuseport_check(void) MUST_CHECK;

#endif
