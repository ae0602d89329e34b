/*
 * Memory that was needed once.
 *
 * A host runs many jails, and each has two processes of ours that do next to
 * nothing once its service runs. What starting it has taken of the heap and of
 * the stack would stay theirs for good.
 */
#ifndef JAILMOUNT_SPARE_MEMORY_H
#define JAILMOUNT_SPARE_MEMORY_H

/* Give the kernel back what is free of the heap, and of the stack of the
 * process's first thread, which has to be the one that calls. */
void spare_memory_give_back(void);

#endif
