/* What the script of the page works with, in JSON. */
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/sha256.h"
#include "lib/show.h"
#include "pack/report_internal.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

static json_t *packages_json(const struct bill *bill)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < bill->package_count; i++)
		r = json_array_append_new(
			list,
			json_pack("{s:o,s:o,s:o}", "name",
				  json_printable(bill->packages[i].name),
				  "version",
				  json_printable(bill->packages[i].version),
				  "architecture",
				  json_printable(
					  bill->packages[i].architecture)));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *needs_json(const struct report_file *file)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < file->need_count; i++)
		r = json_array_append_new(
			list, json_integer((json_int_t)file->needs[i]));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* "-rwxr-xr-x 0/0", the head of --list's line. */
static json_t *mode_json(const struct bill_file *file)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	size_t length;

	show_file(&line, file);
	if (buf_check(&line) < 0)
		return NULL;
	length = strcspn(line.data, " ") + 1;
	length += strcspn(line.data + length, " ");
	return json_stringn(line.data, length);
}

/* What not every file has. */
static int add_optional(json_t *object, const struct report *report,
			size_t index)
{
	const struct bill_file *file = &report->bill.files[index];
	const struct report_file *more = &report->files[index];
	int r = 0;

	if (more->kind != REPORT_NOT_REGULAR)
		r |= json_object_set_new(
			object, "kind",
			json_string(report_kind_name(more->kind)));
	if (S_ISREG(file->mode))
		r |= json_object_set_new(object, "size",
					 json_integer((json_int_t)file->size));
	if (S_ISDIR(file->mode))
		r |= json_object_set_new(object, "directory", json_true());
	if (file->target)
		r |= json_object_set_new(object, "target",
					 json_printable(file->target));
	if (file->package != BILL_NO_PACKAGE)
		r |= json_object_set_new(
			object, "package",
			json_integer((json_int_t)file->package));
	if (more->need_count)
		r |= json_object_set_new(object, "needs", needs_json(more));
	if (file->has_digest) {
		char digest[2 * SHA256_SIZE + 1];

		sha256_format(file->digest, digest);
		r |= json_object_set_new(object, "sha256", json_string(digest));
	}
	return r;
}

static json_t *file_json(const struct report *report, size_t index)
{
	const struct bill *bill = &report->bill;
	const struct bill_file *file = &bill->files[index];
	const struct bill_file *asker =
		file->because ? bill_find(bill, file->because) : NULL;
	json_t *object = json_pack(
		"{s:o,s:o,s:o}", "path", json_printable(file->path), "mode",
		mode_json(file), "reason", json_printable(file->reason));
	int r = object ? 0 : -1;

	if (r == 0 && asker)
		r = json_object_set_new(
			object, "because",
			json_integer((json_int_t)(asker - bill->files)));
	if (r == 0)
		r = add_optional(object, report, index);
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *files_json(const struct report *report)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < report->bill.file_count; i++)
		r = json_array_append_new(list, file_json(report, i));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* Those that are about files: the script marks them. */
static json_t *findings_json(const struct report *report)
{
	const struct bill *bill = &report->bill;
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < report->findings.count; i++) {
		const struct finding *finding = &report->findings.list[i];
		const struct bill_file *file =
			finding->path ? bill_find(bill, finding->path) : NULL;

		if (file)
			r = json_array_append_new(
				list,
				json_pack("{s:I,s:s,s:i,s:o}", "file",
					  (json_int_t)(file - bill->files),
					  "check", finding->check->id, "points",
					  (int)finding->check->points, "text",
					  json_printable(finding->text)));
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* "<" would let a text end the script element that it stands in, and stands
 * in strings only. */
static int append_safely(const char *data, size_t length, void *context)
{
	struct buf *page = context;

	for (size_t i = 0; i < length; i++) {
		if (data[i] == '<')
			buf_puts(page, "\\u003c");
		else
			buf_putc(page, data[i]);
	}
	return 0;
}

void report_data(const struct report *report, struct buf *page)
{
	json_t *object = json_pack("{s:o,s:o,s:o,s:o}", "name",
				   json_printable(report->config.name),
				   "packages", packages_json(&report->bill),
				   "files", files_json(report), "findings",
				   findings_json(report));

	if (!object ||
	    json_dump_callback(object, append_safely, page, JSON_COMPACT) < 0)
		page->failed = true;
	json_decref(object);
}
