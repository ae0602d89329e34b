#include "lib/printable.h"
#include "lib/show.h"
#include "pack/bill_path.h"
#include "pack/question.h"

#include <jansson.h>

static void show_step(struct buf *text, const struct bill *bill,
		      const struct bill_file *file)
{
	printable_puts(text, file->path);
	if (file->target) {
		buf_puts(text, " -> ");
		printable_puts(text, file->target);
	}
	buf_puts(text, "\n    ");
	printable_puts(text, file->reason);
	if (file->package != BILL_NO_PACKAGE) {
		buf_puts(text, "\n    from ");
		show_package(text, bill->packages, file->package);
	}
	buf_putc(text, '\n');
}

static const struct bill_file *next_of(const struct bill *bill,
				       const struct bill_file *file)
{
	/* bill_read() has checked that it is there and that this ends. */
	return file->because ? bill_find(bill, file->because) : NULL;
}

/* JSON wants UTF-8: what is not is shown as it is to people. */
static json_t *text_json(const char *text)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	json_t *string = json_string(text);

	if (string)
		return string;
	printable_puts(&shown, text);
	return buf_check(&shown) < 0 ? NULL : json_string(shown.data);
}

static json_t *step_json(const struct bill *bill, const struct bill_file *file)
{
	const struct bill_package *package;
	json_t *step = json_pack("{s:o,s:o}", "path", text_json(file->path),
				 "reason", text_json(file->reason));

	if (!step || file->package == BILL_NO_PACKAGE)
		return step;
	package = &bill->packages[file->package];
	if (json_object_set_new(step, "package",
				json_pack("{s:s,s:s,s:s}", "name",
					  package->name, "version",
					  package->version, "architecture",
					  package->architecture)) < 0) {
		json_decref(step);
		return NULL;
	}
	return step;
}

static int append(const char *data, size_t length, void *context)
{
	buf_append(context, data, length);
	return 0;
}

static int chain_json(const struct bill *bill, const struct bill_file *file,
		      struct buf *text, struct diag *diag)
{
	json_t *chain = json_array();
	int r = chain ? 0 : -1;

	for (; r == 0 && file; file = next_of(bill, file))
		r = json_array_append_new(chain, step_json(bill, file));
	if (r == 0)
		r = json_dump_callback(chain, append, text, JSON_INDENT(2));
	json_decref(chain);
	buf_putc(text, '\n');
	return r < 0 ? diag_oom(diag) : 0;
}

int why_answer(const struct subject *subject, const char *path, bool json,
	       struct buf *text, struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	const struct bill_file *file = NULL;
	int r = subject_bill(subject, &bill, diag);

	if (r == 0)
		r = bill_resolve(&bill, path, &file, diag);
	if (r < 0)
		return r;
	if (!file)
		return bill_not_there(&bill, subject->name, path, diag);
	if (json)
		return chain_json(&bill, file, text, diag);
	for (; file; file = next_of(&bill, file))
		show_step(text, &bill, file);
	return 0;
}
