#include "mount/network_filter.h"

#include "mount/channel.h"
#include "mount/network_rules.h"
#include "mount/nftables.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int fail(struct diag *diag, int error, const char *what)
{
	return diag_errno(diag, error, "cannot %s", what);
}

int network_admit(const struct network *network,
		  const struct listen_table *listens, const struct peers *peers,
		  struct diag *diag)
{
	CLEANUP_BUF struct buf rules = BUF_INIT;
	int r = network_namespace_enter(&network->space);

	if (r < 0)
		return fail(diag, r, "enter the jail's network");
	network_rules_put(&network->layout, listens, peers, &rules);
	if (buf_check(&rules) < 0)
		return diag_oom(diag);
	return nftables_run(rules.data, diag);
}

static void admit_in_child(const struct network *network,
			   const struct listen_table *listens,
			   const struct peers *peers, int channel)
	__attribute__((noreturn));

static void admit_in_child(const struct network *network,
			   const struct listen_table *listens,
			   const struct peers *peers, int channel)
{
	const struct channel_descriptors none = CHANNEL_DESCRIPTORS_NONE;
	struct diag diag = DIAG_INIT;
	struct channel_report report = {
		.error = network_admit(network, listens, peers, &diag),
	};

	if (diag.text)
		(void)snprintf(report.text, sizeof(report.text), "%s",
			       diag.text);
	if (diag.hint)
		(void)snprintf(report.hint, sizeof(report.hint), "%s",
			       diag.hint);
	_exit(channel_send(channel, &report, &none) < 0);
}

static int take_report(int channel, struct diag *diag)
{
	struct channel_descriptors none;
	struct channel_report report;
	int r = channel_receive(channel, &report, &none);

	if (r < 0)
		return fail(diag, r, "set the packet filter");
	if (report.error == 0)
		return 0;
	diag_set(diag, report.error, "%s", report.text);
	if (report.hint[0])
		diag_hint(diag, "%s", report.hint);
	return report.error;
}

int network_filter(const struct network *network,
		   const struct listen_table *listens,
		   const struct peers *peers, struct diag *diag)
{
	int channels[2], r;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
		return fail(diag, -errno, "make a channel");
	child = fork();
	if (child == 0)
		admit_in_child(network, listens, peers, channels[1]);
	(void)close(channels[1]);
	r = child < 0 ? fail(diag, -errno, "make a process")
		      : take_report(channels[0], diag);
	(void)close(channels[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
