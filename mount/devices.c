#include "mount/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "lib/path.h"
#include "mount/mounts.h"

void device_ends_close(struct device_ends *ends)
{
	close_fd(&ends->stdout_fifo);
	close_fd(&ends->stderr_fifo);
	close_fd(&ends->syslog);
	close_fd(&ends->notify);
}

static int make_node(int directory, const struct config_device *device,
		     uint32_t base, struct diag *diag)
{
	const char *name = path_name(device->path);

	/* The permissions last: umask and the change of owner take some. */
	if (mknodat(directory, name, device->mode & S_IFMT,
		    makedev(device->major, device->minor)) < 0 ||
	    fchownat(directory, name, base + device->uid, base + device->gid,
		     0) < 0 ||
	    fchmodat(directory, name, device->mode & 07777, 0) < 0)
		return diag_errno(diag, -errno, "cannot make device %s",
				  device->path);
	return 0;
}

/* Open for reading and writing: a reader alone would see the end of the file
 * whenever the last writer has gone. */
static int make_fifo(int directory, const char *name, int *ret_end,
		     struct diag *diag)
{
	int end;

	if (mkfifoat(directory, name, 0) < 0 ||
	    fchmodat(directory, name, 0622, 0) < 0)
		return diag_errno(diag, -errno, "cannot make /dev/%s", name);
	end = openat(directory, name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (end < 0)
		return diag_errno(diag, -errno, "cannot open /dev/%s", name);
	*ret_end = end;
	return 0;
}

/* bind(2) knows no directory descriptor, but paths through one. */
static int make_socket(int directory, const char *name, int *ret_socket,
		       struct diag *diag)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_CLOSE int end =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "/proc/self/fd/%d/%s", directory, name);
	if (end < 0 ||
	    bind(end, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchmodat(directory, name, 0622, 0) < 0)
		return diag_errno(diag, -errno, "cannot make /dev/%s", name);
	*ret_socket = steal_fd(&end);
	return 0;
}

static int make_notify(int directory, int *ret_socket, struct diag *diag)
{
	const int on = 1;
	int error = make_socket(directory, path_name(DEVICES_NOTIFY),
				ret_socket, diag);

	if (error == 0 && setsockopt(*ret_socket, SOL_SOCKET, SO_PASSCRED, &on,
				     sizeof(on)) < 0)
		error = diag_errno(diag, -errno, "cannot ask for credentials");
	return error;
}

static int make_ends(int directory, const struct config *config,
		     struct device_ends *ends, struct diag *diag)
{
	int error = 0;

	if (config->log_stdout)
		error = make_fifo(directory, "stdout", &ends->stdout_fifo,
				  diag);
	if (error == 0 && config->log_stderr)
		error = make_fifo(directory, "stderr", &ends->stderr_fifo,
				  diag);
	if (error == 0 && config->log_syslog)
		error = make_socket(directory, "log", &ends->syslog, diag);
	if (error == 0 && config->ready == CONFIG_READY_NOTIFY)
		error = make_notify(directory, &ends->notify, diag);
	return error;
}

int devices_create(const struct config *config, uint32_t base, int *ret_mount,
		   struct device_ends *ret_ends, struct diag *diag)
{
	/* Nothing there has any content. */
	const struct mount_option options[] = {
		{ "size", "4k" },
		{ "mode", "0755" },
		{ NULL, NULL },
	};
	struct device_ends ends __attribute__((cleanup(device_ends_close))) =
		DEVICE_ENDS_INIT;
	CLEANUP_CLOSE int mount = -1;
	int error;

	error = mount_create("tmpfs", options,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, &mount,
			     diag);
	if (error < 0)
		return diag_wrap(diag, error, "/dev");
	for (size_t i = 0; i < config->device_count; i++) {
		error = make_node(mount, &config->devices[i], base, diag);
		if (error < 0)
			return error;
	}
	error = make_ends(mount, config, &ends, diag);
	if (error == 0 &&
	    fchownat(mount, "", (uid_t)base, (gid_t)base, AT_EMPTY_PATH) < 0)
		error = diag_errno(diag, -errno, "cannot give away /dev");
	if (error < 0)
		return error;
	error = mount_restrict(mount, MOUNT_ATTR_RDONLY);
	if (error < 0)
		return diag_errno(diag, error, "cannot make /dev read-only");
	*ret_mount = steal_fd(&mount);
	*ret_ends = ends;
	ends = DEVICE_ENDS_INIT;
	return 0;
}
