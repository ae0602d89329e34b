#include "mount/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

static const int handled[] = { SIGTERM, SIGINT,	 SIGHUP,  SIGQUIT,
			       SIGUSR1, SIGUSR2, SIGWINCH };

int signals_open(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++)
		(void)sigaddset(&set, handled[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	/* Writing to what nobody reads any more is an error, not the end. */
	(void)sigaddset(&set, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return fd;
}

struct signal_order signals_decide(int number, bool from_terminal)
{
	struct signal_order order = { .kind = SIGNAL_FORWARD,
				      .number = number };

	if (number == SIGTERM || number == SIGINT ||
	    (number == SIGHUP && from_terminal))
		order.kind = SIGNAL_STOP;
	else if (number == SIGWINCH && from_terminal)
		order.kind = SIGNAL_IGNORE;
	return order;
}

struct signal_order signals_read(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return (struct signal_order){ .kind = SIGNAL_IGNORE };
	return signals_decide((int)info.ssi_signo, info.ssi_code == SI_KERNEL);
}
