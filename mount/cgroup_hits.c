/* How often a limit of a control group has been met. */
#include "mount/cgroup.h"
#include "mount/cgroup_file.h"

#include <inttypes.h>
#include <string.h>

/* The number behind "key " at the beginning of a line; 0 without one. */
static uint64_t find_number(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line && *line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		uint64_t number;

		if (strncmp(line, key, length) == 0 && line[length] == ' ' &&
		    sscanf(line + length, " %" SCNu64, &number) == 1)
			return number;
	}
	return 0;
}

static uint64_t read_number(const char *group, const char *file,
			    const char *key)
{
	char text[512];

	if (!group || cgroup_read(group, file, text, sizeof(text)) < 0)
		return 0;
	return find_number(text, key);
}

void cgroup_read_hits(const struct cgroup *cgroup, struct cgroup_hits *ret_hits)
{
	ret_hits->processes =
		read_number(cgroup->version2, "pids.events", "max") +
		read_number(cgroup->version1[CGROUP_PIDS], "pids.events",
			    "max");
	ret_hits->killed =
		read_number(cgroup->version2, "memory.events", "oom_kill") +
		read_number(cgroup->version1[CGROUP_MEMORY],
			    "memory.oom_control", "oom_kill");
}
