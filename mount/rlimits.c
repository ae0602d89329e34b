#include "mount/rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>

static int apply(__rlimit_resource_t resource, const char *name, uint64_t value,
		 struct buf *notes, struct diag *diag)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };
	struct rlimit old;

	if (setrlimit(resource, &limit) == 0)
		return 0;
	if (errno != EPERM || getrlimit(resource, &old) < 0 ||
	    old.rlim_max >= value)
		return diag_errno(diag, -errno, "cannot limit %s to %" PRIu64,
				  name, value);
	limit = (struct rlimit){ old.rlim_max, old.rlim_max };
	if (setrlimit(resource, &limit) < 0)
		return diag_errno(diag, -errno, "cannot limit %s to %" PRIu64,
				  name, (uint64_t)old.rlim_max);
	buf_printf(notes,
		   "limit %s is %" PRIu64 " and not %" PRIu64
		   ": the host's hard limit, which cannot be raised without "
		   "CAP_SYS_RESOURCE\n",
		   name, (uint64_t)old.rlim_max, value);
	return 0;
}

int rlimits_apply(const struct config_limits *limits, uint64_t processes,
		  struct buf *notes, struct diag *diag)
{
	const struct {
		__rlimit_resource_t resource;
		const char *name;
		uint64_t value;
	} wanted[] = {
		{ RLIMIT_NPROC, "processes", processes },
		{ RLIMIT_NOFILE, "files", limits->files },
		{ RLIMIT_FSIZE, "file-size", limits->file_bytes },
		{ RLIMIT_CPU, "cpu-time", limits->cpu_seconds },
	};
	int error = apply(RLIMIT_CORE, "core dumps", 0, notes, diag);

	for (size_t i = 0; error == 0 && i < ARRAY_SIZE(wanted); i++) {
		if (wanted[i].value)
			error = apply(wanted[i].resource, wanted[i].name,
				      wanted[i].value, notes, diag);
	}
	return error;
}
