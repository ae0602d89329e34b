#include "lib/show.h"
#include "pack/question.h"

int list_answer(const struct subject *subject, bool json, struct buf *text,
		struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	int r = subject_bill(subject, &bill, diag);

	if (r < 0)
		return r;
	if (json)
		return image_read_bill(subject->fd, &subject->layout, text,
				       diag);
	for (size_t i = 0; i < bill.file_count; i++) {
		show_file(text, &bill.files[i]);
		buf_putc(text, '\n');
	}
	return 0;
}
