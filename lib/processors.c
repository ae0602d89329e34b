#include "lib/processors.h"

#include "lib/base.h"

#include <sched.h>

unsigned int processors_usable(void)
{
	cpu_set_t set;

	/* A machine with more than 1024 processors has no use for them here. */
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned int)CPU_COUNT(&set) : 1;
}
