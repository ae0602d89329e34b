/*
 * How much of the machine this process may use.
 */
#ifndef JAIL_PROCESSORS_H
#define JAIL_PROCESSORS_H

/* Processors in the affinity mask of sched_getaffinity(2); 1 at least. */
unsigned int processors_usable(void);

#endif
