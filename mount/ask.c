/* Actions on a jail that runs: they ask its supervisor. */
#include "lib/config.h"
#include "mount/actions.h"
#include "mount/answer.h"
#include "mount/client.h"
#include "mount/generation.h"
#include "mount/state.h"
#include "mount/status.h"

#include <errno.h>
#include <string.h>

enum { LIST_PATIENCE_SECONDS = 2 };

int action_status(const struct options *options, int *ret_status,
		  struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r;

	r = client_request(options->object, "status", ANSWER_PATIENCE_SECONDS,
			   &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	if (options->json)
		return answer_print_json(answer.json, diag);
	status_print(answer.json, &text);
	return answer_print(&text, diag);
}

int action_stop(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r;

	json_t *request = json_pack("{s:s}", "command", "stop");

	if (options->evidence || options->no_evidence)
		json_object_set_new(request, "evidence",
				    json_boolean(options->evidence));
	r = client_request_json(options->object, request, 0, &answer, diag);
	if (r < 0)
		return r;
	*ret_status = 0;
	return options->json ? answer_print_json(answer.json, diag) : 0;
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
	return options->json ? answer_print_json(answer.json, diag) : 0;
}

int action_exec(const struct options *options, int *ret_status,
		struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_PLAN struct plan plan = PLAN_INIT;
	const char *contract;
	struct plan_options plan_options = {
		.jail = options->object,
		.range_length = STATE_RANGE_LENGTH,
	};
	int r;

	r = client_request(options->object, "exec", ANSWER_PATIENCE_SECONDS,
			   &answer, diag);
	if (r < 0)
		return r;
	if (answer.descriptor_count != 3)
		return diag_set(diag, -EBADMSG, "a strange answer");
	plan_options.range_base =
		(uint32_t)answer_number(answer.json, "range_base");
	plan_options.delegated =
		json_string_value(json_object_get(answer.json, "delegated"));
	contract = json_string_value(json_object_get(answer.json, "contract"));
	if (!contract)
		return diag_set(diag, -EBADMSG, "a strange answer");
	r = config_read(contract, strlen(contract), &config, diag);
	if (r == 0)
		r = plan_make(&config, &plan_options, &plan, diag);
	if (r == 0)
		r = generation_exec(
			&plan,
			&(struct generation_guest){
				.number = (unsigned int)answer_number(
					answer.json, "generation"),
				.init_pidfd = answer.descriptors[1],
				.channel = answer.descriptors[2],
				.arguments = options->arguments },
			ret_status, diag);
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
		r = answer_print_json(jails, diag);
	} else {
		status_print_list(jails, &text);
		r = answer_print(&text, diag);
	}
	json_decref(jails);
	return r;
}
