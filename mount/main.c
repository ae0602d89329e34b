/* jailmount: run a sealed image as a jail, and look after it. */
#include "mount/actions.h"
#include "mount/generation.h"
#include "mount/mount_helper.h"
#include "mount/options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

enum {
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	/* mount(8), "Exit status": */
	STATUS_MOUNT_USAGE = 1,
	STATUS_MOUNT_FAILED = 32,
	STATUS_JAILMOUNT = 125, /* where the program's own status may come */
};

static const struct {
	enum action action;
	int (*perform)(const struct options *options, int *ret_status,
		       struct diag *diag);
} actions[] = {
	{ ACTION_RUN, action_run },
	{ ACTION_ASSEMBLE, action_assemble },
	{ ACTION_UMOUNT, action_umount },
	{ ACTION_RESTORE, action_restore },
	{ ACTION_STOP, action_stop },
	{ ACTION_STATUS, action_status },
	{ ACTION_DIFF, action_diff },
	{ ACTION_EXEC, action_exec },
	{ ACTION_SERVICE, action_service },
	{ ACTION_LIST, action_list },
	{ ACTION_LOGS, action_logs },
	{ ACTION_DRILL, action_drill },
	{ ACTION_EVIDENCE, action_evidence },
	{ ACTION_IMAGES, action_images },
	{ ACTION_GC, action_gc },
	{ ACTION_BOOT, action_boot },
	{ ACTION_SHUTDOWN, action_shutdown },
	{ ACTION_UPDATE, action_update },
};

static bool gives_program_status(enum action action)
{
	return action == ACTION_RUN || action == ACTION_EXEC;
}

/* A descriptor that is opened later must not become a standard one. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close_fd(&fd);
}

static int perform(const struct options *options, int *ret_status,
		   struct diag *diag)
{
	if (geteuid() != 0 && !options->dry_run) {
		diag_set(diag, -EPERM, "only root can do this");
		diag_hint(diag, "without root there is --run --dry-run");
		return -EPERM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].action == options->action)
			return actions[i].perform(options, ret_status, diag);
	return diag_set(diag, -EINVAL, "nothing to do was asked for");
}

int main(int argc, char **argv)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	bool helper = mount_helper_is_called(argv[0]);
	int status = 0;
	int r;

	open_standard_descriptors();
	/* Whoever ignores it has no children to wait for. */
	(void)signal(SIGCHLD, SIG_DFL);
	r = helper ? mount_helper_parse(argc, argv, &options, &diag)
		   : options_parse(argc, argv, &options, &diag);
	if (r < 0) {
		diag_print(&diag, "jailmount");
		if (helper)
			return STATUS_MOUNT_USAGE;
		return gives_program_status(options.action) ? STATUS_JAILMOUNT
							    : STATUS_USAGE;
	}
	if (options.action == ACTION_HELP) {
		/* Longer than a buffer, it may have been written already. */
		return fputs(options_help(), stdout) >= 0 && fflush(stdout) == 0
			       ? 0
			       : STATUS_FAILED;
	}
	if (options.action == ACTION_VERSION) {
		(void)puts("jailmount " JAIL_VERSION);
		return fflush(stdout) == 0 ? 0 : STATUS_FAILED;
	}
	r = perform(&options, &status, &diag);
	if (r == 0)
		return status;
	diag_print(&diag, "jailmount");
	if (helper)
		return STATUS_MOUNT_FAILED;
	return gives_program_status(options.action) ? generation_exit_status(r)
						    : STATUS_FAILED;
}
