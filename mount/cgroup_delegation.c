#include "mount/cgroup_delegation.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "mount/cgroup_file.h"
#include "mount/cgroup_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { OWN_GROUPS_MAX = 64 << 10 };

/* The path of our group below the hierarchy, "/" for its root; NULL if we are
 * in none that is in sight. */
static char *own_group(void)
{
	static const char key[] = "0::/";
	CLEANUP_CLOSE int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	CLEANUP_BUF struct buf text = BUF_INIT;
	char *line, *rest;

	if (fd < 0 || read_to_end(fd, OWN_GROUPS_MAX, &text) < 0)
		return NULL;
	rest = text.data;
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, key, strlen(key)) == 0 &&
		    !strstr(line, "/.."))
			return strdup(line + strlen(key) - 1);
	return NULL;
}

static bool is_delegated(const char *path)
{
	static const char *const names[] = { "user.delegate",
					     "trusted.delegate" };
	char value[4];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getxattr(path, names[i], value, sizeof(value)) == 1 &&
		    value[0] == '1')
			return true;
	return false;
}

static int go_below(const char *path, struct diag *diag)
{
	CLEANUP_FREE char *below = NULL;
	char others[2];
	int r;

	if (asprintf(&below, "%s/" CGROUP_SUPERVISOR, path) < 0) {
		below = NULL;
		return diag_oom(diag);
	}
	r = mkdir(below, 0755) < 0 && errno != EEXIST
		    ? -errno
		    : cgroup_write(below, "cgroup.procs", "0");
	if (r < 0)
		return diag_errno(diag, r, "cannot go into control group %s",
				  below);
	r = cgroup_read(path, "cgroup.procs", others, sizeof(others));
	if (r == 0 && *others) {
		(void)diag_set(diag, -EBUSY,
			       "others are in the control group of the unit "
			       "that this jail is, %s",
			       path);
		diag_hint(diag, "let the unit start jailmount itself, and "
				"nothing beside it");
		return -EBUSY;
	}
	return r < 0 ? diag_errno(diag, r, "cannot read control group %s", path)
		     : 0;
}

int cgroup_delegation_take(const char *root, char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *hierarchy = NULL;
	CLEANUP_FREE char *own = NULL;
	CLEANUP_FREE char *path = NULL;
	char *name;
	int r = 0;

	*ret_path = NULL;
	if (!cgroup_v2_hierarchy(root, &hierarchy))
		return 0;
	own = own_group();
	if (!own || strcmp(own, "/") == 0)
		return 0;
	if (asprintf(&path, "%s%s", hierarchy, own) < 0) {
		path = NULL;
		return diag_oom(diag);
	}
	name = strrchr(path, '/');
	if (is_delegated(path)) {
		r = go_below(path, diag);
	} else if (strcmp(name, "/" CGROUP_SUPERVISOR) == 0) {
		/* DelegateSubgroup= has put us there. */
		*name = '\0';
		if (!is_delegated(path))
			return 0;
	} else {
		return 0;
	}
	if (r == 0)
		*ret_path = steal_ptr(&path);
	return r;
}
