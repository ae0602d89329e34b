#include "mount/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "mount/cgroup_file.h"
#include "mount/cgroup_v1.h"
#include "mount/cgroup_v2.h"

enum {
	MAKE_ATTEMPTS = 16,	/* another supervisor tidies at the moment */
	REMOVE_ATTEMPTS = 1000, /* a millisecond apart, while it is busy */
	REMOVE_ATTEMPTS_OTHERWISE = 3,
};

void cgroup_done(struct cgroup *cgroup)
{
	free(cgroup->version2);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		free(cgroup->version1[i]);
	*cgroup = CGROUP_INIT;
}

static char *group_path(const char *hierarchy, const char *jail,
			unsigned int number)
{
	char *path;

	return asprintf(&path, "%s/jailmount/%s/g%u", hierarchy, jail, number) <
			       0
		       ? NULL
		       : path;
}

static char *group_path_v2(const struct cgroup_place *place, const char *base,
			   unsigned int number)
{
	CLEANUP_FREE char *above = cgroup_v2_jail(place, base);
	char *path;

	return !above || asprintf(&path, "%s/g%u", above, number) < 0 ? NULL
								      : path;
}

/* The kernel needs a moment after the last process has ended. */
static int remove_directory(const char *path)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; rmdir(path) < 0 && errno != ENOENT; i++) {
		if (i == (errno == EBUSY ? REMOVE_ATTEMPTS
					 : REMOVE_ATTEMPTS_OTHERWISE))
			return -errno;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* The two directories above a group, unless others are in them. */
static void remove_parents(const char *path)
{
	char parent[CGROUP_PATH_MAX];

	(void)snprintf(parent, sizeof(parent), "%s", path);
	for (int i = 0; i < 2; i++) {
		*strrchr(parent, '/') = '\0';
		for (int j = 0; rmdir(parent) < 0; j++) {
			if (errno == EBUSY || errno == ENOTEMPTY ||
			    j == REMOVE_ATTEMPTS_OTHERWISE)
				return;
		}
	}
}

static int remove_group(const char *path, bool delegated)
{
	int error = remove_directory(path);

	if (error == 0 && !delegated)
		remove_parents(path);
	return error;
}

/* The directories above may be there, may have to be made, and may be taken
 * away again in between by the supervisor that made them. */
static int make_directories(const char *path)
{
	char parent[CGROUP_PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof(parent))
		return -ENAMETOOLONG;
	for (int attempt = 0; attempt < MAKE_ATTEMPTS; attempt++) {
		if (mkdir(path, 0755) == 0)
			return 0;
		if (errno != ENOENT)
			return -errno;
		memcpy(parent, path, length + 1);
		*strrchr(parent, '/') = '\0';
		if (mkdir(parent, 0755) == 0 || errno != ENOENT)
			continue;
		*strrchr(parent, '/') = '\0';
		if (mkdir(parent, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return -ENOENT;
}

static int make_group(const char *path, bool delegated)
{
	int error;

	if (delegated)
		return mkdir(path, 0755) < 0 ? -errno : 0;
	error = make_directories(path);
	if (error < 0)
		remove_parents(path);
	return error;
}

/* What is to be made, where, and what of it is made already. */
struct making {
	const struct cgroup_place *place;
	const char *base2; /* of version 2, NULL: there is none */
	unsigned int number;
	const struct config_limits *limits;
	struct cgroup cgroup;
};

static int make_version2(struct making *making, struct diag *diag)
{
	const struct cgroup_place *place = making->place;
	char *path = group_path_v2(place, making->base2, making->number);
	int error;

	if (!path)
		return diag_oom(diag);
	error = make_group(path, place->delegated);
	if (error < 0) {
		/* It is not ours to be removed. */
		diag_errno(diag, error, "cannot make control group %s", path);
		free(path);
		return error;
	}
	making->cgroup.version2 = path;
	making->cgroup.delegated = place->delegated;
	return 0;
}

static int limit_failed(struct diag *diag, int error,
			enum cgroup_controller controller, const char *path)
{
	return diag_errno(diag, error, "cannot set the %s limit of %s",
			  cgroup_controller_names[controller], path);
}

static int make_version1(struct making *making,
			 enum cgroup_controller controller,
			 const char *hierarchy, struct diag *diag)
{
	CLEANUP_FREE char *path =
		group_path(hierarchy, making->place->jail, making->number);
	int error;

	if (!path)
		return diag_oom(diag);
	error = make_group(path, false);
	if (error < 0)
		return diag_errno(diag, error, "cannot make control group %s",
				  path);
	error = cgroup_v1_limit(path, controller, making->limits);
	if (error < 0) {
		limit_failed(diag, error, controller, path);
		(void)remove_group(path, false);
		return error;
	}
	making->cgroup.version1[controller] = steal_ptr(&path);
	return 0;
}

static int apply_limit(struct making *making, enum cgroup_controller controller,
		       struct diag *diag)
{
	CLEANUP_FREE char *hierarchy1 = NULL;
	const char *group2 = making->cgroup.version2;
	int error;

	if (group2 && cgroup_v2_offers(making->base2, controller)) {
		error = cgroup_v2_limit(making->base2, group2, controller,
					making->limits);
		return error < 0 ? limit_failed(diag, error, controller, group2)
				 : 0;
	}
	if (cgroup_v1_hierarchy(making->place->root, controller, &hierarchy1))
		return make_version1(making, controller, hierarchy1, diag);
	if (group2 && making->place->delegated)
		return diag_set(diag, -ENOTSUP,
				"the limit cannot be enforced: the unit that "
				"this jail is has no %s control group of its "
				"own to give (Delegate=)",
				cgroup_controller_names[controller]);
	return diag_set(diag, -ENOTSUP,
			"the limit cannot be enforced: this host has no %s "
			"control group",
			cgroup_controller_names[controller]);
}

static int apply_limits(struct making *making, struct diag *diag)
{
	const struct config_limits *limits = making->limits;
	const struct {
		bool wanted, needed;
	} controllers[CGROUP_CONTROLLERS] = {
		[CGROUP_PIDS] = { true, limits->processes > 0 },
		[CGROUP_MEMORY] = { limits->memory_bytes > 0, true },
		[CGROUP_CPU] = { limits->cpu_permille > 0, true },
		/* For which devices is said later. */
		[CGROUP_IO] = { cgroup_io_is_limited(&limits->io), true },
		[CGROUP_FREEZER] = { !making->base2, false },
	};

	for (unsigned int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int error;

		if (!controllers[i].wanted)
			continue;
		error = apply_limit(making, i, diag);
		if (error < 0 && (error != -ENOTSUP || controllers[i].needed))
			return error;
		if (error < 0 && diag)
			diag_done(diag);
		if (i == CGROUP_PIDS)
			making->cgroup.processes_limited = error == 0;
	}
	return 0;
}

int cgroup_create(const struct cgroup_place *place, unsigned int number,
		  const struct config_limits *limits, struct cgroup *ret_cgroup,
		  struct diag *diag)
{
	struct making making = {
		.place = place,
		.number = number,
		.limits = limits,
		.cgroup = CGROUP_INIT,
	};
	CLEANUP_FREE char *base2 = NULL;
	int error = 0;

	if (cgroup_v2_base(place, &base2)) {
		making.base2 = base2;
		error = make_version2(&making, diag);
	}
	if (error == 0)
		error = apply_limits(&making, diag);
	if (error < 0) {
		(void)cgroup_remove(&making.cgroup);
		cgroup_done(&making.cgroup);
		return error;
	}
	*ret_cgroup = making.cgroup;
	return 0;
}

int cgroup_find(const struct cgroup_place *place, unsigned int number,
		struct cgroup *ret_cgroup, struct diag *diag)
{
	struct cgroup cgroup = CGROUP_INIT;
	bool found = false;

	for (unsigned int i = 0; i <= CGROUP_CONTROLLERS; i++) {
		CLEANUP_FREE char *hierarchy = NULL;
		bool last = i == CGROUP_CONTROLLERS;
		char *path;

		if (last ? !cgroup_v2_base(place, &hierarchy)
			 : !cgroup_v1_hierarchy(place->root, i, &hierarchy))
			continue;
		path = last ? group_path_v2(place, hierarchy, number)
			    : group_path(hierarchy, place->jail, number);
		if (!path) {
			cgroup_done(&cgroup);
			return diag_oom(diag);
		}
		if (access(path, F_OK) < 0) {
			free(path);
			continue;
		}
		found = true;
		if (last)
			cgroup.version2 = path;
		else
			cgroup.version1[i] = path;
		if (last ? cgroup_v2_offers(hierarchy, CGROUP_PIDS)
			 : i == CGROUP_PIDS)
			cgroup.processes_limited = true;
	}
	if (!found)
		return diag_set(diag, -ENOENT,
				"generation %u of jail %s has no control "
				"group",
				number, place->jail);
	cgroup.delegated = place->delegated;
	*ret_cgroup = cgroup;
	return 0;
}

int cgroup_freeze(const struct cgroup *cgroup, bool frozen)
{
	if (cgroup->version2)
		return cgroup_v2_freeze(cgroup->version2, frozen);
	if (cgroup->version1[CGROUP_FREEZER])
		return cgroup_v1_freeze(cgroup->version1[CGROUP_FREEZER],
					frozen);
	return -ENOTSUP;
}

void cgroup_kill(const struct cgroup *cgroup)
{
	if (cgroup->version2)
		cgroup_v2_kill(cgroup->version2);
	if (cgroup->version1[CGROUP_FREEZER] &&
	    cgroup_write(cgroup->version1[CGROUP_FREEZER], "freezer.state",
			 "THAWED") < 0)
		return;
}

int cgroup_remove(const struct cgroup *cgroup)
{
	int error = cgroup->version2
			    ? remove_group(cgroup->version2, cgroup->delegated)
			    : 0;

	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		int removed = cgroup->version1[i]
				      ? remove_group(cgroup->version1[i], false)
				      : 0;

		if (error == 0)
			error = removed;
	}
	return error;
}
