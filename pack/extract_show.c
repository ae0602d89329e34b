#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/show.h"
#include "pack/extract.h"

#include <inttypes.h>
#include <jansson.h>

static void show_left_out(struct buf *text, const char *what,
			  const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_printf(text, "left out: %s ", what);
		printable_puts(text, list->strings[i]);
		buf_putc(text, '\n');
	}
}

static void show(const char *directory, const struct extract_result *result,
		 struct buf *text)
{
	printable_puts(text, directory);
	buf_puts(text, ": ");
	show_count(text, result->files, "file");
	buf_puts(text, ", ");
	show_size(text, result->bytes);
	buf_putc(text, '\n');
	show_left_out(text, "the device", &result->devices);
	show_left_out(text, "the set-id bits of", &result->set_ids);
	if (result->owners)
		buf_puts(text, "left out: owners\n");
}

static json_t *paths_json(const struct string_list *paths)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < paths->count; i++) {
		CLEANUP_BUF struct buf path = BUF_INIT;

		printable_puts(&path, paths->strings[i]);
		r = buf_check(&path);
		if (r == 0)
			r = json_array_append_new(list, json_string(path.data));
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static int show_json(const char *directory, const struct extract_result *result,
		     struct buf *text, struct diag *diag)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	json_t *object;

	printable_puts(&shown, directory);
	if (buf_check(&shown) < 0)
		return diag_oom(diag);
	object = json_pack("{s:s,s:I,s:I,s:{s:o,s:o,s:b}}", "directory",
			   shown.data, "files", (json_int_t)result->files,
			   "bytes", (json_int_t)result->bytes, "left_out",
			   "devices", paths_json(&result->devices), "set_id",
			   paths_json(&result->set_ids), "owners",
			   result->owners);
	return json_answer(object, text, diag);
}

int extract_show(const char *directory, const struct extract_result *result,
		 bool json, struct buf *text, struct diag *diag)
{
	if (json)
		return show_json(directory, result, text, diag);
	show(directory, result, text);
	return 0;
}
