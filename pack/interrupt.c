#include "pack/interrupt.h"

#include <errno.h>
#include <time.h>

static void held_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGHUP);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGTERM);
}

void interrupt_hold(struct interrupt *interrupt)
{
	sigset_t held;

	held_signals(&held);
	interrupt->signal = 0;
	(void)pthread_sigmask(SIG_BLOCK, &held, &interrupt->before);
}

int interrupt_check(struct interrupt *interrupt)
{
	static const struct timespec at_once = { 0 };
	sigset_t held;
	int signal;

	held_signals(&held);
	signal = sigtimedwait(&held, NULL, &at_once);
	if (signal > 0)
		interrupt->signal = signal;
	return interrupt->signal ? -EINTR : 0;
}

void interrupt_release(struct interrupt *interrupt)
{
	(void)pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
	if (interrupt->signal)
		(void)raise(interrupt->signal);
}
