#include "mount/answer.h"

#include "lib/fdio.h"
#include "lib/image.h"

int answer_print(const struct buf *text, struct diag *diag)
{
	int r = buf_check(text);

	if (r == 0 && text->length)
		r = write_all(STDOUT_FILENO, text->data, text->length);
	return r < 0 ? diag_errno(diag, r, "cannot write the answer") : 0;
}

int answer_print_json(const json_t *json, struct diag *diag)
{
	char *dump = json_dumps(json, JSON_INDENT(2));
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (!dump)
		return diag_oom(diag);
	buf_puts(&text, dump);
	buf_putc(&text, '\n');
	free(dump);
	return answer_print(&text, diag);
}

double answer_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

void answer_put_times(const json_t *answer, struct buf *text)
{
	const json_t *times = json_object_get(answer, "milliseconds");

	buf_printf(
		text, "%.1f ms (verified %.1f, started %.1f, ready %.1f)\n",
		answer_number(times, "total"), answer_number(times, "verify"),
		answer_number(times, "start"), answer_number(times, "ready"));
}

int answer_contract(int image_fd, struct config *ret_config, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	struct image_layout layout;
	int r;

	r = image_read_layout(image_fd, &layout, diag);
	if (r == 0)
		r = image_read_contract(image_fd, &layout, &json, diag);
	if (r == 0)
		r = config_read(json.data, json.length, ret_config, diag);
	return r;
}
