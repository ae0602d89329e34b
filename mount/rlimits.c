#include "mount/rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>

enum {
	WANTED = 3,
	/* Less than any dump; and the one value that also keeps the kernel
	 * from starting the host's program for dumps: core(5) and do_coredump
	 * in the kernel's fs/coredump.c. */
	NO_CORE = 1,
};

struct wanted {
	__rlimit_resource_t resource;
	const char *name; /* of the directive */
	uint64_t value;	  /* 0: as it is */
};

static void collect(const struct config_limits *limits,
		    struct wanted ret_wanted[WANTED])
{
	ret_wanted[0] =
		(struct wanted){ RLIMIT_NOFILE, "files", limits->files };
	ret_wanted[1] = (struct wanted){ RLIMIT_FSIZE, "file-size",
					 limits->file_bytes };
	ret_wanted[2] =
		(struct wanted){ RLIMIT_CPU, "cpu-time", limits->cpu_seconds };
}

static int raise_one(const struct wanted *wanted, struct buf *notes,
		     struct diag *diag)
{
	struct rlimit limit;
	rlim_t hard;

	if (getrlimit(wanted->resource, &limit) < 0)
		return diag_errno(diag, -errno, "cannot read the limit of %s",
				  wanted->name);
	hard = limit.rlim_max;
	if (hard >= wanted->value)
		return 0;
	limit.rlim_max = wanted->value;
	if (setrlimit(wanted->resource, &limit) == 0)
		return 0;
	if (errno != EPERM)
		return diag_errno(diag, -errno,
				  "cannot raise the limit of %s to %" PRIu64,
				  wanted->name, wanted->value);
	buf_printf(notes,
		   "limit %s is %" PRIu64 " and not %" PRIu64
		   ": the host's hard limit, which cannot be raised without "
		   "CAP_SYS_RESOURCE\n",
		   wanted->name, (uint64_t)hard, wanted->value);
	return 0;
}

static int lower(__rlimit_resource_t resource, uint64_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

/* Here and not with the others: the filter of system calls keeps this one as
 * it is from then on. */
static int forbid_core(struct buf *notes, struct diag *diag)
{
	const struct wanted wanted = { RLIMIT_CORE, "core dumps", NO_CORE };
	int error = raise_one(&wanted, notes, diag);

	if (error == 0)
		error = lower(RLIMIT_CORE, NO_CORE);
	return error < 0 ? diag_errno(diag, error, "cannot forbid core dumps")
			 : 0;
}

int rlimits_raise(const struct config_limits *limits, struct buf *notes,
		  struct diag *diag)
{
	struct wanted wanted[WANTED];
	int error = forbid_core(notes, diag);

	collect(limits, wanted);
	for (size_t i = 0; error == 0 && i < WANTED; i++) {
		if (wanted[i].value)
			error = raise_one(&wanted[i], notes, diag);
	}
	return error;
}

int rlimits_apply(const struct config_limits *limits, uint64_t processes)
{
	struct wanted wanted[WANTED];
	int error = 0;

	collect(limits, wanted);
	for (size_t i = 0; error == 0 && i < WANTED; i++) {
		if (wanted[i].value)
			error = lower(wanted[i].resource, wanted[i].value);
	}
	if (error == 0 && processes)
		error = lower(RLIMIT_NPROC, processes);
	return error;
}
