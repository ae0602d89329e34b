#include "mount/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool verity_is_there(struct diag *diag)
{
	return device_mapper_has(VERITY_TARGET, diag);
}

static uint64_t sectors_of(const struct image_layout *layout)
{
	return layout->tree_offset / DEVICE_MAPPER_SECTOR;
}

/* --- Its node ------------------------------------------------------------- */

/* The kernel makes it where /dev is a devtmpfs. */
static void usual_path(dev_t device, char ret_path[VERITY_PATH_SIZE])
{
	(void)snprintf(ret_path, VERITY_PATH_SIZE, "/dev/dm-%u", minor(device));
}

static bool is_node(const struct stat *node, dev_t device)
{
	return S_ISBLK(node->st_mode) && node->st_rdev == device;
}

static bool leads_to(const char *path, dev_t device)
{
	struct stat node;

	return stat(path, &node) == 0 && is_node(&node, device);
}

static int open_checked(const char *path, dev_t device)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat node;

	if (fd < 0 || fstat(fd, &node) < 0)
		return -errno;
	return is_node(&node, device) ? steal_fd(&fd) : -ENODEV;
}

static void own_node(const char *name, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, DEVICE_MAPPER_DIRECTORY "/%s", name);
}

/* One that is there until it is open. */
static int open_own_node(const char *name, dev_t device)
{
	char path[PATH_MAX];
	int fd;

	own_node(name, path);
	if (mknod(path, S_IFBLK | 0600, device) < 0)
		return -errno;
	fd = open_checked(path, device);
	(void)unlink(path);
	return fd;
}

static int open_device(struct verity *verity, dev_t device)
{
	usual_path(device, verity->path);
	if (leads_to(verity->path, device)) {
		verity->fd = open_checked(verity->path, device);
		return verity->fd < 0 ? verity->fd : 0;
	}
	verity->fd = open_own_node(verity->name, device);
	if (verity->fd < 0)
		return verity->fd;
	(void)snprintf(verity->path, sizeof(verity->path), "/proc/self/fd/%d",
		       verity->fd);
	return 0;
}

/* --- Its life ------------------------------------------------------------- */

static int make(struct verity *verity, int loop,
		const struct image_layout *layout, struct diag *diag)
{
	char table[DEVICE_MAPPER_TEXT_SIZE];
	struct stat loop_node;
	dev_t device;
	int r;

	if (fstat(loop, &loop_node) < 0)
		return diag_errno(diag, -errno, "cannot look at %s's device",
				  verity->name);
	verity_table(loop_node.st_rdev, layout, table);
	r = device_mapper_create(verity->name, &device);
	if (r < 0)
		return diag_errno(diag, r, "cannot make the device %s",
				  verity->name);
	r = device_mapper_load(verity->name, VERITY_TARGET, sectors_of(layout),
			       table);
	if (r == 0)
		r = device_mapper_resume(verity->name);
	if (r < 0)
		diag_errno(diag, r, "cannot set up dm-verity for %s",
			   verity->name);
	if (r == 0) {
		r = open_device(verity, device);
		if (r < 0)
			diag_errno(diag, r, "cannot open the device %s",
				   verity->name);
	}
	/* From here on it goes by itself. */
	if (r == 0) {
		r = device_mapper_remove(verity->name, true);
		if (r < 0)
			diag_errno(diag, r,
				   "cannot have the device %s removed later",
				   verity->name);
	}
	if (r < 0)
		verity_detach(verity);
	return r;
}

int verity_attach(int loop, const struct image_layout *layout, const char *jail,
		  struct verity *ret_verity, struct diag *diag)
{
	struct verity verity = VERITY_INIT;
	uint32_t random;
	int r;

	verity_clear_stale();
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return diag_errno(diag, -errno, "cannot name a device");
	verity_name(jail, getpid(), random, verity.name);
	verity.is_ours = true;
	r = make(&verity, loop, layout, diag);
	if (r == 0)
		*ret_verity = verity;
	return r;
}

int verity_adopt(int fd, struct verity *ret_verity)
{
	struct verity verity = VERITY_INIT;
	struct stat node;
	int r;

	if (fstat(fd, &node) < 0)
		return -errno;
	r = device_mapper_name(node.st_rdev, verity.name);
	if (r < 0)
		return r;
	usual_path(node.st_rdev, verity.path);
	if (!leads_to(verity.path, node.st_rdev))
		(void)snprintf(verity.path, sizeof(verity.path),
			       "/proc/self/fd/%d", fd);
	verity.fd = fd;
	*ret_verity = verity;
	return 0;
}

void verity_detach(struct verity *verity)
{
	close_fd(&verity->fd);
	/* It goes by itself; but who waits for the jail's end finds it gone. */
	if (verity->is_ours)
		(void)!device_mapper_remove(verity->name, true);
	*verity = VERITY_INIT;
}

bool verity_is_over(int fd, int loop, const struct image_layout *layout)
{
	char wanted[DEVICE_MAPPER_TEXT_SIZE], table[DEVICE_MAPPER_TEXT_SIZE];
	struct stat device, loop_node;

	if (fstat(fd, &device) < 0 || fstat(loop, &loop_node) < 0 ||
	    !S_ISBLK(device.st_mode) ||
	    device_mapper_status(device.st_rdev, VERITY_TARGET,
				 sectors_of(layout), true, table) < 0)
		return false;
	verity_table(loop_node.st_rdev, layout, wanted);
	return strcmp(table, wanted) == 0;
}

/* "V" as long as all is well, "C" since a block was not. */
bool verity_is_corrupted(const struct verity *verity,
			 const struct image_layout *layout)
{
	char state[DEVICE_MAPPER_TEXT_SIZE];
	struct stat device;

	return verity->fd >= 0 && fstat(verity->fd, &device) == 0 &&
	       device_mapper_status(device.st_rdev, VERITY_TARGET,
				    sectors_of(layout), false, state) == 0 &&
	       state[0] == 'C';
}

/* --- What was left -------------------------------------------------------- */

static bool is_stale(const char *name)
{
	pid_t maker = verity_name_maker(name);
	unsigned int users;

	return maker > 0 && kill(maker, 0) < 0 && errno == ESRCH &&
	       device_mapper_open_count(name, &users) == 0 && users == 0;
}

void verity_clear_stale(void)
{
	char path[PATH_MAX];
	char **names = NULL;

	if (device_mapper_list(&names) < 0)
		return;
	for (char **name = names; name && *name; name++) {
		if (!is_stale(*name))
			continue;
		own_node(*name, path);
		(void)unlink(path);
		(void)!device_mapper_remove(*name, true);
	}
	strv_free(names);
}
