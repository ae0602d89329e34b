/*
 * Being told to stop while a half-made file is about: the signals wait until
 * they are asked for, so that the file can be removed before they take their
 * effect.
 */
#ifndef JAILPACK_INTERRUPT_H
#define JAILPACK_INTERRUPT_H

#include "lib/base.h"

#include <signal.h>

struct interrupt {
	sigset_t before; /* the mask to go back to */
	int signal;	 /* that arrived meanwhile; 0: none */
};

/* From here on SIGHUP, SIGINT and SIGTERM wait; for threads made later too. */
void interrupt_hold(struct interrupt *interrupt);

/* -EINTR once one of them has arrived, 0 until then. */
int interrupt_check(struct interrupt *interrupt);

/* They take their effect again, the one that arrived at once: this does not
 * return then, unless it is ignored. */
void interrupt_release(struct interrupt *interrupt);

#endif
