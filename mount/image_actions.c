/* Actions on images that come from registries. */
#include "lib/fdio.h"
#include "lib/json_text.h"
#include "lib/number.h"
#include "lib/printable.h"
#include "lib/reference.h"
#include "lib/show.h"
#include "mount/actions.h"
#include "mount/client.h"
#include "mount/images.h"
#include "mount/state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_SECONDS = 2, KEEP_MAX = 1000 };

int find_image(const char *object, const struct options *options,
	       char **ret_path, struct diag *diag)
{
	const struct images_options how = {
		.ca_file = options->ca_file,
		.auth_file = options->auth_file,
		.plain_http = options->plain_http,
	};

	if (reference_is_meant(object) && access(object, F_OK) < 0)
		return images_fetch(object, &how, ret_path, diag);
	*ret_path = strdup(object);
	return *ret_path ? 0 : diag_oom(diag);
}

static int print(const struct buf *text, struct diag *diag)
{
	int r = buf_check(text);

	if (r == 0 && text->length)
		r = write_all(STDOUT_FILENO, text->data, text->length);
	return r < 0 ? diag_errno(diag, r, "cannot write the answer") : 0;
}

/* --- What runs ------------------------------------------------------------ */

/* The root hashes of what runs; -EBUSY if a jail does not tell. */
static int running_root_hashes(char ***ret_hashes, struct diag *diag)
{
	char **hashes = NULL, **names;
	int r = state_list(STATE_DIRECTORY, &names, diag);

	if (r < 0)
		return r;
	for (char **name = names; r == 0 && *name; name++) {
		CLEANUP_CLIENT_ANSWER struct client_answer answer =
			CLIENT_ANSWER_INIT;
		const char *hash;

		if (!state_is_running(STATE_DIRECTORY, *name))
			continue;
		r = client_request(*name, "status", PATIENCE_SECONDS, &answer,
				   diag);
		hash = r == 0 ? json_string_value(json_object_get(answer.json,
								  "root_hash"))
			      : NULL;
		if (hash && strv_append(&hashes, hash) < 0)
			r = diag_oom(diag);
	}
	strv_free(names);
	if (r < 0)
		strv_free(hashes);
	else
		*ret_hashes = hashes;
	return r;
}

int action_gc(const struct options *options, int *ret_status, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	uint64_t keep = IMAGES_KEEP;
	char **running = NULL;
	int r;

	if (options->keep &&
	    number_parse(options->keep, 10, KEEP_MAX, &keep) < 0)
		return diag_set(diag, -EINVAL,
				"--keep: %s is not a number up to %d",
				options->keep, KEEP_MAX);
	r = running_root_hashes(&running, diag);
	if (r == 0)
		r = images_collect((unsigned int)keep, running, &text, diag);
	strv_free(running);
	if (r == 0)
		r = print(&text, diag);
	if (r == 0)
		*ret_status = 0;
	return r;
}

/* --- What is here --------------------------------------------------------- */

static void format_time(int64_t seconds, char ret_text[32])
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&time, &parts) ||
	    strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		strcpy(ret_text, "?");
}

static void print_record(const struct image_record *record, struct buf *text)
{
	char pulled[32];

	format_time(record->pulled, pulled);
	printable_puts(text, record->reference);
	buf_puts(text, "  ");
	printable_puts(text, *record->version ? record->version : "-");
	buf_puts(text, "  ");
	show_size(text, record->size);
	buf_printf(text, "  %s\n    root hash %s\n", pulled, record->root_hash);
}

static json_t *record_json(const struct image_record *record)
{
	char pulled[32];
	CLEANUP_FREE char *path = images_blob_path(record->image, ".sqfs");

	format_time(record->pulled, pulled);
	return path ? json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s}",
				"reference", record->reference, "digest",
				record->manifest, "name", record->name,
				"version", record->version, "root_hash",
				record->root_hash, "path", path, "size",
				(json_int_t)record->size, "pulled", pulled)
		    : NULL;
}

static int list_json(const struct image_record *records, size_t count,
		     struct buf *text, struct diag *diag)
{
	json_t *list = json_array();
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = json_array_append_new(list, record_json(&records[i]));
	if (r < 0) {
		json_decref(list);
		return diag_oom(diag);
	}
	return json_answer(list, text, diag);
}

int action_images(const struct options *options, int *ret_status,
		  struct diag *diag)
{
	struct image_record *records = NULL;
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t count = 0;
	int r = images_list(&records, &count, diag);

	if (r < 0)
		return r;
	if (options->json)
		r = list_json(records, count, &text, diag);
	for (size_t i = 0; i < count; i++) {
		if (!options->json)
			print_record(&records[i], &text);
		image_record_done(&records[i]);
	}
	free(records);
	if (r == 0)
		r = print(&text, diag);
	if (r == 0)
		*ret_status = 0;
	return r;
}
