/* What was written in a jail that runs, or in a generation that was kept. */
#include "mount/show_diff.h"
#include "lib/number.h"
#include "mount/actions.h"
#include "mount/answer.h"
#include "mount/client.h"
#include "mount/diff.h"
#include "mount/diff_class.h"

#include <errno.h>

/* --- Printing ------------------------------------------------------------- */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

/* "  /tmp/tool  3 times, first by sh (77) at 2026-...; refused" */
static void print_program(const json_t *program, struct buf *text)
{
	int count = (int)answer_number(program, "count");

	buf_printf(text, "  %s  %d time%s, first by %s (%d) at %s%s\n",
		   string_of(program, "path"), count, count == 1 ? "" : "s",
		   string_of(program, "command"),
		   (int)answer_number(program, "pid"),
		   string_of(program, "first"),
		   json_is_true(json_object_get(program, "of_image"))
			   ? ""
			   : "; not the image's, and refused");
}

/* What the jail itself has started is no news. */
static void print_executed(const json_t *about, struct buf *text)
{
	const json_t *programs = json_object_get(about, "executed");
	double unlisted = answer_number(about, "unlisted");
	const char *heading = "executed:\n";
	size_t index;
	json_t *program;

	json_array_foreach(programs, index, program)
	{
		if (!json_object_get(program, "pid"))
			continue;
		buf_puts(text, heading);
		heading = "";
		print_program(program, text);
	}
	if (unlisted > 0)
		buf_printf(text, "  and others, %.0f times\n", unlisted);
}

int show_diff(const struct options *options, const struct diff *diff,
	      uint32_t range_base, const json_t *about, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *json;
	int r;

	if (!options->json) {
		diff_print_classes(diff, &text);
		print_executed(about, &text);
		return answer_print(&text, diag);
	}
	json = diff_print_json(diff, range_base);
	if (!json || json_object_update(json, (json_t *)(uintptr_t)about) < 0) {
		json_decref(json);
		return diag_oom(diag);
	}
	r = answer_print_json(json, diag);
	json_decref(json);
	return r;
}

/* --- Of a jail that runs -------------------------------------------------- */

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
	return next == answer->descriptor_count ||
			       next + config->persist_count ==
				       answer->descriptor_count
		       ? 0
		       : -EBADMSG;
}

/* What was touched of the directories that outlive the jail. */
static int add_kept(const struct client_answer *answer,
		    const struct config *config, struct diff *diff,
		    struct diag *diag)
{
	CLEANUP_DIFF struct diff more = DIFF_INIT;
	size_t count = config->persist_count;
	size_t first = answer->descriptor_count - count;
	CLEANUP_FREE struct diff_kept *kept = calloc(count + 1, sizeof(*kept));
	int r;

	if (!kept)
		return diag_oom(diag);
	for (size_t i = 0; i < count; i++)
		kept[i] = (struct diff_kept){ config->persists[i].path,
					      answer->descriptors[first + i] };
	r = diff_scan_kept(kept, count,
			   (int64_t)answer_number(answer->json, "begun"), &more,
			   diag);
	return r < 0 ? r : diff_append(diff, &more, diag);
}

static int compare(const struct client_answer *answer, bool all, bool kept,
		   struct diff *ret_diff, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;
	int layer_fds[CONTROL_DESCRIPTORS_MAX];
	int lower_fds[CONTROL_DESCRIPTORS_MAX];
	struct diff_source source = { .layer_fds = layer_fds,
				      .lower_fds = lower_fds };
	size_t expected = 1;
	bool has_kept;
	int r = -EBADMSG;

	if (answer->descriptor_count)
		r = answer_contract(answer->descriptors[0], &config, diag);
	if (r == 0)
		r = sort_descriptors(answer, &config, layer_fds, lower_fds);
	if (r < 0)
		return diag_wrap(diag, r, "the jail's layers");
	for (size_t i = 0; i < config.layer_count; i++)
		expected += lower_fds[i] < 0 ? 1 : 2;
	has_kept = answer->descriptor_count > expected;
	source.layers = config.layers;
	source.layer_count = config.layer_count;
	r = diff_scan(&source, false, &diff, diag);
	if (r == 0 && !all)
		r = diff_baseline_read(
			json_object_get(answer->json, "baseline"), &baseline,
			diag);
	if (r == 0)
		r = diff_subtract(&diff, &baseline, diag);
	if (r == 0 && kept && has_kept)
		r = add_kept(answer, &config, &diff, diag);
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
	int r = client_request(options->object, "diff", ANSWER_PATIENCE_SECONDS,
			       &answer, diag);

	if (r == 0)
		r = compare(&answer, false, false, diff, diag);
	if (r == 0)
		*ret_range_base =
			(uint32_t)answer_number(answer.json, "range_base");
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
		return answer_print_json(answer.json, diag);
	}
	buf_printf(&text, "%s: a restore would serve after ", options->object);
	answer_put_times(answer.json, &text);
	buf_puts(&text,
		 diff.count ? "and would lose:\n" : "and would lose nothing\n");
	diff_print_text(&diff, &text);
	return answer_print(&text, diag);
}

static int show_live_diff(const struct options *options,
			  const struct client_answer *answer, struct diag *diag)
{
	static const char *const keys[] = { "generation", "executed",
					    "unlisted" };
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	json_t *about;
	int r = compare(answer, options->all, true, &diff, diag);

	if (r < 0)
		return r;
	about = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(about, keys[i],
				json_object_get(answer->json, keys[i]));
	r = show_diff(options, &diff,
		      (uint32_t)answer_number(answer->json, "range_base"),
		      about, diag);
	json_decref(about);
	return r;
}

/* The one that serves, or one that was kept. */
static int show_generation(const struct options *options, struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_FREE char *piece = NULL;
	uint64_t number;
	int r = number_parse(options->generation, 10, UINT32_MAX, &number);

	if (r < 0)
		return diag_set(diag, -EINVAL,
				"--generation %s: a number is wanted",
				options->generation);
	if (client_request(options->object, "diff", ANSWER_PATIENCE_SECONDS,
			   &answer, NULL) == 0 &&
	    answer_number(answer.json, "generation") == (double)number)
		return show_live_diff(options, &answer, diag);
	r = find_kept_generation(options->object, (unsigned int)number, &piece,
				 diag);
	return r < 0 ? r : show_kept_diff(options, piece, diag);
}

int action_diff(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r;

	*ret_status = 0;
	if (options->directory)
		return show_kept_diff(options, options->directory, diag);
	if (options->generation)
		return show_generation(options, diag);
	r = client_request(options->object, "diff", ANSWER_PATIENCE_SECONDS,
			   &answer, diag);
	return r < 0 ? r : show_live_diff(options, &answer, diag);
}
