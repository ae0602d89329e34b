/*
 * The bill of materials: every file of an accepted one is found by its path,
 * the chain of reasons ends, and writing and reading it again gives as many.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/bill.h"
#include "lib/buf.h"

static int append(void *context, const void *data, size_t length)
{
	buf_append(context, data, length);
	return 0;
}

static void check_chains(const struct bill *bill)
{
	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];
		size_t steps = 0;

		if (bill_find(bill, file->path) != file)
			abort();
		while (file && file->because) {
			if (steps++ > bill->file_count)
				abort();
			file = bill_find(bill, file->because);
		}
	}
}

static void write_bill(const struct bill *bill, struct buf *json)
{
	struct bill_writer writer = { .write = append, .context = json };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (bill_write_begin(&writer, bill->packages, bill->package_count,
			     &diag) < 0)
		abort();
	for (size_t i = 0; i < bill->file_count; i++)
		if (bill_write_file(&writer, &bill->files[i], &diag) < 0)
			abort();
	if (bill_write_end(&writer, &diag) < 0 || buf_check(json) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	CLEANUP_BILL struct bill again = BILL_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (bill_read((const char *)data, size, &bill, &diag) < 0) {
		if (!diag.text)
			abort();
		return 0;
	}
	check_chains(&bill);
	write_bill(&bill, &json);
	if (bill_read(json.data, json.length, &again, &diag) < 0 ||
	    again.file_count != bill.file_count)
		abort();
	return 0;
}
