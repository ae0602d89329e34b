/* A lock file: what is accepted is written out as the same bytes. */
/* links: pack/lock.o pack/lock_text.o */
#include "tests/fuzz/fuzz.h"

#include "pack/lock.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_LOCK struct lock lock = LOCK_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf again = BUF_INIT;

	if (lock_parse("x.lock", (const char *)data, size, &lock, &diag) < 0) {
		if (!diag.text || !diag.hint)
			abort();
		return 0;
	}
	if (lock_format(&lock, &again, &diag) < 0 || again.length != size ||
	    memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
