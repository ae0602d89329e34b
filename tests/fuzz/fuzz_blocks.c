/* An index of blocks: what is accepted is written out as the same bytes, and
 * its blocks lie one behind the other. */
#include "tests/fuzz/fuzz.h"

#include "lib/block_index.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf again = BUF_INIT;
	uint64_t end = 0;

	if (block_index_parse(data, size, &index, &diag) < 0) {
		if (!diag.text)
			abort();
		return 0;
	}
	for (size_t i = 0; i < index.count; i++) {
		if (index.entries[i].offset < end)
			abort();
		end = index.entries[i].offset + index.entries[i].length;
	}
	if (end > index.file_length || block_index_write(&index, &again) < 0 ||
	    again.length != size || memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
