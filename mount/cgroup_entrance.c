#include "mount/cgroup.h"

#include <errno.h>
#include <fcntl.h>

#include "mount/cgroup_file.h"

void cgroup_entrance_close(struct cgroup_entrance *entrance)
{
	close_fd(&entrance->version2);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		close_fd(&entrance->version1[i]);
}

static int open_all(const struct cgroup *cgroup,
		    struct cgroup_entrance *entrance)
{
	char path[CGROUP_PATH_MAX];

	if (cgroup->version2) {
		entrance->version2 = open(cgroup->version2,
					  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (entrance->version2 < 0)
			return -errno;
	}
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		if (!cgroup->version1[i])
			continue;
		(void)snprintf(path, sizeof(path), "%s/tasks",
			       cgroup->version1[i]);
		entrance->version1[i] = open(path, O_WRONLY | O_CLOEXEC);
		if (entrance->version1[i] < 0)
			return -errno;
	}
	return 0;
}

int cgroup_entrance_open(const struct cgroup *cgroup,
			 struct cgroup_entrance *ret_entrance,
			 struct diag *diag)
{
	struct cgroup_entrance entrance = CGROUP_ENTRANCE_INIT;
	int error = open_all(cgroup, &entrance);

	if (error < 0) {
		cgroup_entrance_close(&entrance);
		return diag_errno(diag, error,
				  "cannot open the jail's control groups");
	}
	*ret_entrance = entrance;
	return 0;
}

int cgroup_enter_version1(const struct cgroup_entrance *entrance)
{
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		if (entrance->version1[i] >= 0 &&
		    write(entrance->version1[i], "0", 1) != 1)
			return -errno;
	}
	return 0;
}
