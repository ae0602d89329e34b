/* Stack and heap that are not needed any more: mount/spare_memory.h. */
/* links: mount/spare_memory.o */
#include "mount/spare_memory.h"

#include "lib/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STACK_USED = 400 << 10, PIECES = 1000, PIECE_SIZE = 2000 };

/* Of the stack and the heap, resident, KiB. */
static long resident(const char *name)
{
	CLEANUP_FILE FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512];
	bool found = false;
	long size = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (strstr(line, name))
			found = true;
		else if (found && sscanf(line, "Rss: %ld kB", &size) == 1)
			break;
	}
	return size;
}

static void __attribute__((noinline)) use_stack(void)
{
	char used[STACK_USED];

	memset(used, 1, sizeof(used));
	__asm__ volatile("" : : "r"(used) : "memory");
}

static void __attribute__((noinline)) use_heap(void)
{
	char *pieces[PIECES], *last;

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = malloc(PIECE_SIZE);
		assert_non_null(pieces[i]);
		memset(pieces[i], 1, PIECE_SIZE);
	}
	/* What comes last keeps the C library from doing it by itself. */
	last = malloc(PIECE_SIZE);
	for (size_t i = 0; i < PIECES; i++)
		free(pieces[i]);
	assert_non_null(last);
	memset(last, 1, PIECE_SIZE);
}

static void test_stack(void **state UNUSED)
{
	volatile int kept = 7;

	use_stack();
	assert_true(resident("[stack]") >= STACK_USED >> 10);
	spare_memory_give_back();
	assert_true(resident("[stack]") < 200);
	assert_int_equal(kept, 7);
	/* And it can be used again. */
	use_stack();
}

static void test_heap(void **state UNUSED)
{
	long before;

	use_heap();
	before = resident("[heap]");
	spare_memory_give_back();
	assert_true(resident("[heap]") <
		    before - (PIECES * PIECE_SIZE >> 10) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
