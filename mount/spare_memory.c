#include "mount/spare_memory.h"

#include "lib/base.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel lets nothing else come closer to a stack than this:
 * Documentation/admin-guide/kernel-parameters.txt, stack_guard_gap. */
enum { STACK_GAP_PAGES = 256 };

void spare_memory_give_back(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	/* A page of it is left to what we call. */
	uintptr_t end = here / page * page - 2 * page;
	uintptr_t begin = end - (STACK_GAP_PAGES - 2) * page;

	(void)malloc_trim(0);
	/* ENOMEM: the stack has not grown as far down as that. */
	(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}
