/*
 * Two TCP sockets that listen at one address, of which one takes the place of
 * the other: from then on all that comes goes to the new one, and what waits
 * in the queue of the old one goes there too when that one is shut.
 *
 * SO_REUSEPORT, socket(7), with a program of the type that decides about
 * migration too (Linux 5.14).
 */
#ifndef JAILMOUNT_REUSEPORT_H
#define JAILMOUNT_REUSEPORT_H

#include "lib/base.h"

/* Before the second is bound: let both be at one address. 0 or -errno. */
int reuseport_allow(int old, int fresh) MUST_CHECK;

/* The fresh one listens: it is preferred from now on. 0 or -errno. */
int reuseport_prefer(int fresh) MUST_CHECK;

/* The fresh one is alone: nobody else may come to its address. */
void reuseport_forbid(int fresh);

/* Whether this kernel does it. 0 or -errno. */
int reuseport_check(void) MUST_CHECK;

#endif
