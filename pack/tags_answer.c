#include "lib/json_text.h"
#include "lib/printable.h"
#include "pack/registry_answers.h"

#include <jansson.h>

static int tell_json(const struct reference *reference, char *const *tags,
		     struct buf *text, struct diag *diag)
{
	json_t *list = json_array();
	CLEANUP_BUF struct buf place = BUF_INIT;
	json_t *object;

	for (size_t i = 0; i < strv_length(tags); i++)
		(void)json_array_append_new(list, json_string(tags[i]));
	reference_put(&place, reference);
	object = buf_check(&place) == 0 ? json_pack("{s:s,s:o}", "repository",
						    place.data, "tags", list)
					: NULL;
	if (object && json_array_size(list) != strv_length(tags)) {
		json_decref(object);
		object = NULL;
	}
	return json_answer(object, text, diag);
}

int tags_answer(const char *repository, const struct registry_how *how,
		struct buf *text, struct diag *diag)
{
	CLEANUP_REGISTRY struct registry *registry = NULL;
	struct reference reference;
	char **tags = NULL;
	int r = reference_parse_repository(repository, &reference, diag);

	if (r == 0)
		r = registry_open(&reference, &how->registry, &registry, diag);
	if (r == 0)
		r = registry_tags(registry, &tags, diag);
	if (r < 0)
		return r;
	if (how->json) {
		r = tell_json(&reference, tags, text, diag);
	} else {
		for (size_t i = 0; i < strv_length(tags); i++) {
			printable_puts(text, tags[i]);
			buf_putc(text, '\n');
		}
	}
	strv_free(tags);
	return r;
}
