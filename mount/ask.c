/* Actions on a jail that runs: they ask its supervisor. */
#include "lib/config.h"
#include "lib/fdio.h"
#include "lib/image.h"
#include "mount/actions.h"
#include "mount/client.h"
#include "mount/diff.h"
#include "mount/generation.h"
#include "mount/state.h"
#include "mount/status.h"

#include <errno.h>
#include <string.h>

enum { PATIENCE_SECONDS = 10, LIST_PATIENCE_SECONDS = 2 };

static int print(const struct buf *text, struct diag *diag)
{
	int r = buf_check(text);

	if (r == 0 && text->length)
		r = write_all(STDOUT_FILENO, text->data, text->length);
	return r < 0 ? diag_errno(diag, r, "cannot write the answer") : 0;
}

static int print_json(const json_t *json, struct diag *diag)
{
	char *dump = json_dumps(json, JSON_INDENT(2));
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (!dump)
		return diag_oom(diag);
	buf_puts(&text, dump);
	buf_putc(&text, '\n');
	free(dump);
	return print(&text, diag);
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

int action_status(const struct options *options, int *ret_status,
		  struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r;

	r = client_request(options->object, "status", PATIENCE_SECONDS, &answer,
			   diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (options->json)
		return print_json(answer.json, diag);
	status_print(answer.json, &text);
	return print(&text, diag);
}

/* "... 88.7 ms (verified 10.0, started 14.4, ready 64.2)" */
static void put_times(const json_t *answer, struct buf *text)
{
	const json_t *times = json_object_get(answer, "milliseconds");

	buf_printf(text, "%.1f ms (verified %.1f, started %.1f, ready %.1f)\n",
		   number_of(times, "total"), number_of(times, "verify"),
		   number_of(times, "start"), number_of(times, "ready"));
}

int action_restore(const struct options *options, int *ret_status,
		   struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	const json_t *times;
	int r;

	r = client_request_json(options->object,
				json_pack("{s:s,s:b}", "command", "restore",
					  "evidence", !options->no_evidence),
				0, &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (options->json)
		return print_json(answer.json, diag);
	if (json_is_null(json_object_get(answer.json, "generation"))) {
		times = json_object_get(answer.json, "milliseconds");
		buf_printf(&text,
			   "%s: the image is verified again after %.1f ms; "
			   "each connection has a generation of its own\n",
			   options->object, number_of(times, "total"));
		return print(&text, diag);
	}
	buf_printf(&text, "%s: generation %d serves after ", options->object,
		   (int)number_of(answer.json, "generation"));
	put_times(answer.json, &text);
	return print(&text, diag);
}

int action_stop(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r;

	r = client_request(options->object, "stop", 0, &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	return options->json ? print_json(answer.json, diag) : 0;
}

int action_service(const struct options *options, int *ret_status,
		   struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r;

	r = client_request_json(options->object,
				json_pack("{s:s,s:s,s:s}", "command", "service",
					  "service", options->service, "order",
					  options->order),
				0, &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	return options->json ? print_json(answer.json, diag) : 0;
}

/* --- What needs the image's contract -------------------------------------- */

static int read_contract(int image_fd, struct config *ret_config,
			 struct diag *diag)
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

/* The layers' descriptors behind the image's, as commands.h has them. */
static int sort_descriptors(const struct client_answer *answer,
			    const struct config *config, int *layer_fds,
			    int *lower_fds)
{
	size_t next = 1;

	for (size_t i = 0; i < config->layer_count; i++) {
		bool overlay = config->layers[i].kind == CONFIG_LAYER_OVERLAY;

		if (next + overlay >= answer->descriptor_count)
			return -EBADMSG;
		layer_fds[i] = answer->descriptors[next++];
		lower_fds[i] = overlay ? answer->descriptors[next++] : -1;
	}
	return next == answer->descriptor_count ? 0 : -EBADMSG;
}

static int compare(const struct client_answer *answer, bool all,
		   struct diff *ret_diff, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;
	int layer_fds[CONTROL_DESCRIPTORS_MAX];
	int lower_fds[CONTROL_DESCRIPTORS_MAX];
	struct diff_source source = { .layer_fds = layer_fds,
				      .lower_fds = lower_fds };
	int r = -EBADMSG;

	if (answer->descriptor_count)
		r = read_contract(answer->descriptors[0], &config, diag);
	if (r == 0)
		r = sort_descriptors(answer, &config, layer_fds, lower_fds);
	if (r < 0)
		return diag_wrap(diag, r, "the jail's layers");
	source.layers = config.layers;
	source.layer_count = config.layer_count;
	r = diff_scan(&source, false, &diff, diag);
	if (r == 0 && !all)
		r = diff_baseline_read(
			json_object_get(answer->json, "baseline"), &baseline,
			diag);
	if (r == 0)
		r = diff_subtract(&diff, &baseline, diag);
	if (r < 0)
		return r;
	*ret_diff = diff;
	diff = DIFF_INIT;
	return 0;
}

/* What was written since it was ready, which a restore does not keep. */
static int find_loss(const struct options *options, struct diff *diff,
		     uint32_t *ret_range_base, struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r = client_request(options->object, "diff", PATIENCE_SECONDS,
			       &answer, diag);

	if (r == 0)
		r = compare(&answer, false, diff, diag);
	if (r == 0)
		*ret_range_base =
			(uint32_t)number_of(answer.json, "range_base");
	return r;
}

int action_drill(const struct options *options, int *ret_status,
		 struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	uint32_t range_base = 0;
	int r;

	r = client_request_json(
		options->object,
		json_pack("{s:s,s:b}", "command", "restore", "drill", 1), 0,
		&answer, diag);
	if (r == 0)
		r = find_loss(options, &diff, &range_base, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (options->json) {
		json_object_set_new(answer.json, "loses",
				    diff_print_json(&diff, range_base));
		return print_json(answer.json, diag);
	}
	buf_printf(&text, "%s: a restore would serve after ", options->object);
	put_times(answer.json, &text);
	buf_puts(&text,
		 diff.count ? "and would lose:\n" : "and would lose nothing\n");
	diff_print_text(&diff, &text);
	return print(&text, diag);
}

int action_diff(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *json;
	int r;

	r = client_request(options->object, "diff", PATIENCE_SECONDS, &answer,
			   diag);
	if (r == 0)
		r = compare(&answer, options->all, &diff, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (!options->json) {
		diff_print_text(&diff, &text);
		return print(&text, diag);
	}
	json = diff_print_json(&diff,
			       (uint32_t)number_of(answer.json, "range_base"));
	if (!json)
		return diag_oom(diag);
	json_object_set(json, "generation",
			json_object_get(answer.json, "generation"));
	r = print_json(json, diag);
	json_decref(json);
	return r;
}

int action_exec(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_PLAN struct plan plan = PLAN_INIT;
	struct plan_options plan_options = {
		.jail = options->object,
		.range_length = STATE_RANGE_LENGTH,
	};
	int r;

	r = client_request(options->object, "exec", PATIENCE_SECONDS, &answer,
			   diag);
	if (r < 0)
		return r;
	if (answer.descriptor_count != 2)
		return diag_set(diag, -EBADMSG, "a strange answer");
	plan_options.range_base =
		(uint32_t)number_of(answer.json, "range_base");
	r = read_contract(answer.descriptors[0], &config, diag);
	if (r == 0)
		r = plan_make(&config, &plan_options, &plan, diag);
	if (r == 0)
		r = generation_exec(
			&plan, answer.descriptors[1],
			(unsigned int)number_of(answer.json, "generation"),
			options->arguments, ret_status, diag);
	return r;
}

/* --- All of them ---------------------------------------------------------- */

/* One that cannot be asked is listed with what is known of it. */
static json_t *ask_for_list(const char *name)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	bool running = state_is_running(STATE_DIRECTORY, name);

	if (running && client_request(name, "status", LIST_PATIENCE_SECONDS,
				      &answer, NULL) == 0)
		return steal_ptr(&answer.json);
	return json_pack("{s:s,s:s}", "name", name, "state",
			 running ? "not answering" : "killed");
}

int action_list(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *jails = json_array();
	char **names;
	int r;

	r = state_list(STATE_DIRECTORY, &names, diag);
	if (r < 0) {
		json_decref(jails);
		return r;
	}
	for (char **name = names; *name; name++)
		json_array_append_new(jails, ask_for_list(*name));
	strv_free(names);
	*ret_status = 0;
	if (options->json) {
		r = print_json(jails, diag);
	} else {
		status_print_list(jails, &text);
		r = print(&text, diag);
	}
	json_decref(jails);
	return r;
}
