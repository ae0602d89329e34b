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

static int clear_one(const char *root, const char *jail, unsigned int number,
		     struct diag *diag)
{
	struct cgroup cgroup;
	int error = cgroup_find(root, jail, number, &cgroup, diag);

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

static int clear_hierarchy(const char *root, const char *hierarchy,
			   const char *jail, struct diag *diag)
{
	char path[CGROUP_PATH_MAX];
	struct dirent *entry;
	int error = 0;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "%s/jailmount/%s", hierarchy, jail);
	directory = opendir(path);
	if (!directory)
		return 0;
	while (error == 0 && (entry = readdir(directory))) {
		unsigned int number;

		if (group_number(entry->d_name, &number))
			error = clear_one(root, jail, number, diag);
	}
	(void)closedir(directory);
	return error;
}

int cgroup_clear(const char *root, const char *jail, struct diag *diag)
{
	int error = 0;

	for (unsigned int i = 0; error == 0 && i <= CGROUP_CONTROLLERS; i++) {
		CLEANUP_FREE char *hierarchy = NULL;
		bool there = i == CGROUP_CONTROLLERS
				     ? cgroup_v2_hierarchy(root, &hierarchy)
				     : cgroup_v1_hierarchy(root, i, &hierarchy);

		if (there)
			error = clear_hierarchy(root, hierarchy, jail, diag);
	}
	return error;
}
