/* What a group may read from and write to a device. */
#include "mount/cgroup.h"
#include "mount/cgroup_file.h"
#include "mount/cgroup_v2.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/sysmacros.h>

bool cgroup_io_is_limited(const struct config_io_limits *limits)
{
	return limits->read_bytes || limits->write_bytes ||
	       limits->read_operations || limits->write_operations;
}

/* " rbps=1048576", or nothing: what is not written stays "max". */
static void add(struct buf *line, const char *key, uint64_t value)
{
	if (value)
		buf_printf(line, " %s=%" PRIu64, key, value);
}

static int limit_v2(const struct cgroup_place *place, const char *group,
		    const struct config_io_limits *limits, dev_t device)
{
	CLEANUP_FREE char *base = NULL;
	CLEANUP_BUF struct buf line = BUF_INIT;
	int error;

	buf_printf(&line, "%u:%u", major(device), minor(device));
	add(&line, "rbps", limits->read_bytes);
	add(&line, "wbps", limits->write_bytes);
	add(&line, "riops", limits->read_operations);
	add(&line, "wiops", limits->write_operations);
	if (buf_check(&line) < 0)
		return -ENOMEM;
	error = cgroup_write(group, "io.max", line.data);
	if (error != -ENOENT)
		return error;
	if (!cgroup_v2_base(place, &base))
		return -ENOENT;
	error = cgroup_v2_enable(base, group, CGROUP_IO);
	return error < 0 ? error : cgroup_write(group, "io.max", line.data);
}

static int limit_v1(const char *group, const struct config_io_limits *limits,
		    dev_t device)
{
	const struct {
		const char *file;
		uint64_t value;
	} files[] = {
		{ "blkio.throttle.read_bps_device", limits->read_bytes },
		{ "blkio.throttle.write_bps_device", limits->write_bytes },
		{ "blkio.throttle.read_iops_device", limits->read_operations },
		{ "blkio.throttle.write_iops_device",
		  limits->write_operations },
	};
	char line[64];
	int error = 0;

	for (size_t i = 0; error == 0 && i < ARRAY_SIZE(files); i++) {
		if (!files[i].value)
			continue;
		(void)snprintf(line, sizeof(line), "%u:%u %" PRIu64,
			       major(device), minor(device), files[i].value);
		error = cgroup_write(group, files[i].file, line);
	}
	return error;
}

int cgroup_limit_io(const struct cgroup_place *place,
		    const struct cgroup *cgroup,
		    const struct config_io_limits *limits, dev_t device)
{
	if (cgroup->version1[CGROUP_IO])
		return limit_v1(cgroup->version1[CGROUP_IO], limits, device);
	return limit_v2(place, cgroup->version2, limits, device);
}
