/*
 * Signals to the supervisor, as a descriptor to read them from.
 *
 * TERM and INT end the jail in good order. HUP, QUIT, USR1, USR2 and WINCH are
 * the service's own and are passed on; but those that a terminal sends are
 * about the terminal: a resized window must not reach a service for which
 * WINCH means "finish", and a terminal that has gone ends the jail.
 */
#ifndef JAILMOUNT_SIGNALS_H
#define JAILMOUNT_SIGNALS_H

#include "lib/base.h"

#include <stdbool.h>

struct signal_order {
	enum { SIGNAL_IGNORE, SIGNAL_STOP, SIGNAL_FORWARD } kind;
	int number;
};

/*
 * Block them, and SIGPIPE, in this process and give a descriptor, or -errno.
 * Programs that are started afterwards must unblock everything.
 */
int signals_open(void) MUST_CHECK;

/* The next one; SIGNAL_IGNORE if there is none. */
struct signal_order signals_read(int fd);

/* What a signal means; `from_terminal`: the kernel sent it. Pure. */
struct signal_order signals_decide(int number, bool from_terminal);

#endif
