/* Actions that put another generation in the place of the one that serves. */
#include "lib/duration.h"
#include "mount/actions.h"
#include "mount/answer.h"
#include "mount/client.h"
#include "mount/host_settings.h"

#include <errno.h>
#include <string.h>

/* quarantine.h's. */
#define QUARANTINE_MAX_MS ((uint64_t)31 * 24 * 3600 * 1000)

enum {
	TRIAL_MS = 30 * 1000,		     /* unless it is said */
	TRIAL_MAX_MS = 7 * 24 * 3600 * 1000, /* update.h's */
};

static int add_quarantine(const struct options *options, json_t *request,
			  struct diag *diag)
{
	uint64_t time;

	if (!options->quarantine)
		return 0;
	if (duration_parse(options->quarantine, QUARANTINE_MAX_MS, &time) < 0) {
		diag_set(diag, -EINVAL,
			 "--quarantine %s: this is not a time up to 31d",
			 options->quarantine);
		diag_hint(diag, "for example 30s, 5m, 2h; 0 to end it now");
		return -EINVAL;
	}
	json_object_set_new(request, "quarantine",
			    json_integer((json_int_t)time));
	return 0;
}

int action_restore(const struct options *options, int *ret_status,
		   struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	const json_t *times;
	json_t *request;
	int r;

	request = json_pack("{s:s,s:b,s:b}", "command", "restore", "evidence",
			    !options->no_evidence, "force", options->force);
	r = add_quarantine(options, request, diag);
	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = client_request_json(options->object, request, 0, &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (!options->json && json_object_get(answer.json, "ended"))
		return 0;
	if (options->json)
		return answer_print_json(answer.json, diag);
	if (json_is_null(json_object_get(answer.json, "generation"))) {
		times = json_object_get(answer.json, "milliseconds");
		buf_printf(&text,
			   "%s: the image is verified again after %.1f ms; "
			   "each connection has a generation of its own\n",
			   options->object, answer_number(times, "total"));
		return answer_print(&text, diag);
	}
	buf_printf(&text, "%s: generation %d serves after ", options->object,
		   (int)answer_number(answer.json, "generation"));
	answer_put_times(answer.json, &text);
	return answer_print(&text, diag);
}

/* --- Another image -------------------------------------------------------- */

static int read_trial(const struct options *options, uint64_t *ret_milliseconds,
		      struct diag *diag)
{
	if (!options->trial)
		return 0;
	if (duration_parse(options->trial, TRIAL_MAX_MS, ret_milliseconds) == 0)
		return 0;
	diag_set(diag, -EINVAL, "--trial %s: this is not a time up to 7d",
		 options->trial);
	diag_hint(diag, "for example 30s, 5m, 2h; 0 for no trial at all");
	return -EINVAL;
}

/* The supervisor has another working directory. */
static json_t *update_request(const struct options *options, const char *path,
			      uint64_t trial)
{
	json_t *listens = json_array();

	for (char **word = options->listens; word && *word; word++)
		json_array_append_new(listens, json_string(*word));
	return json_pack("{s:s,s:s,s:I,s:b,s:b,s:b,s:b,s:o}", "command",
			 "update", "image", path, "trial", (json_int_t)trial,
			 "force", options->force, "evidence",
			 !options->no_evidence, "unsigned",
			 options->allow_unsigned, "downgrade",
			 options->downgrade, "listens", listens);
}

static int print_update(const struct options *options, const json_t *answer,
			struct diag *diag)
{
	const char *version =
		json_string_value(json_object_get(answer, "version"));
	const char *hash =
		json_string_value(json_object_get(answer, "root_hash"));
	double trial = answer_number(answer, "trial_ms") / 1000;
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_printf(&text, "%s: ", options->object);
	if (json_is_false(json_object_get(answer, "changed"))) {
		buf_puts(&text, "this image runs already\n");
		return answer_print(&text, diag);
	}
	buf_printf(&text, "generation %d of %s%s%.8s serves after ",
		   (int)answer_number(answer, "generation"),
		   version ? version : "", version && *version ? " " : "",
		   hash ? hash : "");
	answer_put_times(answer, &text);
	if (trial > 0)
		buf_printf(&text, "%s: it has stood its trial of %g s\n",
			   options->object, trial);
	if (json_is_true(json_object_get(answer, "goes_back")))
		buf_printf(&text, "%s: note: the version before was higher\n",
			   options->object);
	return answer_print(&text, diag);
}

/* What the command line names, or the host's settings. */
static int find_next_image(const struct options *options, char **ret_path,
			   struct diag *diag)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	int r;

	if (*options->update)
		return find_image(options->update, options, ret_path, diag);
	r = host_settings_load(HOST_SETTINGS_DIRECTORY, options->object,
			       &settings, diag);
	if (r < 0)
		return r;
	if (!settings.image) {
		(void)diag_set(diag, -EINVAL,
			       "which image is %s to be updated to?",
			       options->object);
		diag_hint(diag,
			  "name it behind --update, or say \"image\" in "
			  "%s/%s.conf",
			  HOST_SETTINGS_DIRECTORY, options->object);
		return -EINVAL;
	}
	return find_image(settings.image, options, ret_path, diag);
}

int action_update(const struct options *options, int *ret_status,
		  struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_FREE char *found = NULL, *path = NULL;
	uint64_t trial = TRIAL_MS;
	int r = read_trial(options, &trial, diag);

	if (r == 0)
		r = find_next_image(options, &found, diag);
	if (r < 0)
		return r;
	path = realpath(found, NULL);
	if (!path)
		return diag_errno(diag, -errno, "cannot open %s", found);
	r = client_request_json(options->object,
				update_request(options, path, trial), 0,
				&answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	return options->json ? answer_print_json(answer.json, diag)
			     : print_update(options, answer.json, diag);
}
