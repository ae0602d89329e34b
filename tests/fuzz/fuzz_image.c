/*
 * The sections of an image: a layout that is accepted lies within the file,
 * and verification and both documents can be asked for.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/fdio.h"
#include "lib/image.h"

#include <err.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf contract = BUF_INIT;
	CLEANUP_BUF struct buf bill = BUF_INIT;
	struct image_layout layout;

	if (fd < 0 || write_all(fd, data, size) < 0)
		err(1, "memfd");
	if (image_read_layout(fd, &layout, &diag) < 0) {
		if (!diag.text)
			abort();
		return 0;
	}
	if (layout.file_length != size ||
	    layout.tree_offset + layout.tree_length > size ||
	    layout.bill_offset + layout.bill_length > layout.tree_offset ||
	    layout.contract_offset + layout.contract_length >
		    layout.bill_offset)
		abort();
	if (image_read_contract(fd, &layout, &contract, &diag) == 0 &&
	    contract.length != layout.contract_length)
		abort();
	if (image_read_bill(fd, &layout, &bill, &diag) == 0 &&
	    bill.length != layout.bill_length)
		abort();
	(void)!image_verify(fd, &layout, true, 1, &diag);
	return 0;
}
