#include "pack/dry_run.h"

#include "lib/printable.h"
#include "lib/show.h"
#include "pack/tree_bill.h"

static int show_line(const struct bill_file *file, void *context)
{
	struct buf *text = context;

	show_file(text, file);
	buf_puts(text, "  # ");
	printable_puts(text, file->reason ? file->reason : "");
	buf_putc(text, '\n');
	return 0;
}

static int append(void *context, const void *data, size_t length)
{
	buf_append(context, data, length);
	return 0;
}

int dry_run_answer(const struct tree *tree, bool json, struct buf *text,
		   struct diag *diag)
{
	struct bill_writer writer = { .write = append, .context = text };

	if (json)
		return tree_bill_write(tree, false, &writer, diag);
	return tree_bill_walk(tree, false, show_line, text, diag);
}
