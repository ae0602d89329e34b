/*
 * The files of a control group, and the limits as either version writes them.
 * For cgroup*.c alone.
 */
#ifndef JAILMOUNT_CGROUP_FILE_H
#define JAILMOUNT_CGROUP_FILE_H

#include "lib/base.h"
#include "lib/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	CGROUP_PATH_MAX = 512,
	CGROUP_FREEZE_MILLISECONDS = 1000,
};

/* "pids", "memory", ..., as version 2 calls them; index is enum
 * cgroup_controller. */
extern const char *const cgroup_controller_names[];

/* 0 or -errno. -ENOENT if there is no such file: none is made. */
int cgroup_write(const char *group, const char *file,
		 const char *text) MUST_CHECK;
int cgroup_write_number(const char *group, const char *file,
			uint64_t number) MUST_CHECK;

/* The first bytes of the file, as text. 0 or -errno. */
int cgroup_read(const char *group, const char *file, char *ret_text,
		size_t size) MUST_CHECK;

uint64_t cgroup_process_limit(const struct config_limits *limits);

/* How many microseconds of each period all of a group's processes together
 * may run. */
void cgroup_cpu_limit(const struct config_limits *limits, uint64_t *ret_quota,
		      uint64_t *ret_period);

#endif
