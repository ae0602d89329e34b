#include "mount/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "mount/cgroup_file.h"
#include "mount/cgroup_v1.h"
#include "mount/cgroup_v2.h"

/* The number of a directory called gNUMBER. */
static bool group_number(const char *name, unsigned int *ret_number)
{
	unsigned long number;
	char *end;

	if (name[0] != 'g' || name[1] < '0' || name[1] > '9')
		return false;
	errno = 0;
	number = strtoul(name + 1, &end, 10);
	if (*end || errno || number > UINT_MAX)
		return false;
	*ret_number = (unsigned int)number;
	return true;
}

static int clear_one(const struct cgroup_place *place, unsigned int number,
		     struct diag *diag)
{
	struct cgroup cgroup;
	int error = cgroup_find(place, number, &cgroup, diag);

	if (error < 0)
		return error;
	cgroup_kill(&cgroup);
	error = cgroup_remove(&cgroup);
	cgroup_done(&cgroup);
	if (error < 0)
		return diag_errno(diag, error,
				  "cannot remove the control group of "
				  "generation %u, left by an earlier "
				  "supervisor",
				  number);
	return 0;
}

/* All that lie at `path`. */
static int clear_directory(const struct cgroup_place *place, const char *path,
			   struct diag *diag)
{
	struct dirent *entry;
	int error = 0;
	DIR *directory;

	directory = opendir(path);
	if (!directory)
		return 0;
	while (error == 0 && (entry = readdir(directory))) {
		unsigned int number;

		if (group_number(entry->d_name, &number))
			error = clear_one(place, number, diag);
	}
	(void)closedir(directory);
	return error;
}

static int clear_v2(const struct cgroup_place *place, struct diag *diag)
{
	CLEANUP_FREE char *base = NULL;
	CLEANUP_FREE char *path = NULL;

	if (!cgroup_v2_base(place, &base))
		return 0;
	path = cgroup_v2_jail(place, base);
	return path ? clear_directory(place, path, diag) : diag_oom(diag);
}

static int clear_v1(const struct cgroup_place *place,
		    enum cgroup_controller controller, struct diag *diag)
{
	CLEANUP_FREE char *hierarchy = NULL;
	CLEANUP_FREE char *path = NULL;

	if (!cgroup_v1_hierarchy(place->root, controller, &hierarchy))
		return 0;
	if (asprintf(&path, "%s/jailmount/%s", hierarchy, place->jail) < 0) {
		path = NULL;
		return diag_oom(diag);
	}
	return clear_directory(place, path, diag);
}

int cgroup_clear(const struct cgroup_place *place, struct diag *diag)
{
	int error = 0;

	for (unsigned int i = 0; error == 0 && i < CGROUP_CONTROLLERS; i++)
		error = clear_v1(place, i, diag);
	return error < 0 ? error : clear_v2(place, diag);
}
