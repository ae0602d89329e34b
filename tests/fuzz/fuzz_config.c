/* The run-time contract: what is accepted is written out as the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "lib/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (config_read((const char *)data, size, &config, &diag) < 0) {
		if (!diag.text)
			abort();
		return 0;
	}
	if (config_write(&config, &json, &diag) < 0)
		abort();
	if (json.length != size || memcmp(json.data, data, size) != 0)
		abort();
	return 0;
}
