#include "lib/config_format.h"
#include "lib/number.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

static int annotation(const json_t *annotations, const char *key,
		      const char **ret_text, struct diag *diag)
{
	const json_t *value = json_object_get(annotations, key);

	*ret_text = json_string_value(value);
	if (value && !*ret_text)
		return refuse(diag, "the annotation %s is not a string", key);
	return 0;
}

static int copy_annotation(const json_t *annotations, const char *key,
			   char **ret_text, struct diag *diag)
{
	const char *text;
	int r = annotation(annotations, key, &text, diag);

	if (r < 0 || !text)
		return r;
	*ret_text = strdup(text);
	return *ret_text ? 0 : diag_oom(diag);
}

int config_each_word(const json_t *annotations, const char *key,
		     int (*take)(void *context, const char *word),
		     void *context, struct diag *diag)
{
	CLEANUP_FREE char *copy = NULL;
	char *rest, *word;
	size_t count = 0;
	int r = copy_annotation(annotations, key, &copy, diag);

	if (r < 0 || !copy)
		return r;
	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		if (++count > CONFIG_LIST_MAX)
			return refuse(diag,
				      "the annotation %s has more than %d "
				      "words",
				      key, CONFIG_LIST_MAX);
		r = take(context, word);
		if (r == -ENOMEM)
			return diag_oom(diag);
		if (r < 0)
			return refuse(diag, "the annotation %s holds %s", key,
				      word);
	}
	return 0;
}

static int take_syscall(void *context, const char *word)
{
	struct config *config = context;

	return strv_append(&config->allowed_syscalls, word);
}

static int take_listen(void *context, const char *word)
{
	struct config *config = context;
	struct config_listen listen;
	const char *why;
	int r = config_listen_parse(word, &listen, &why);

	if (r < 0)
		return r;
	if (array_grow(&config->listens, config->listen_count, sizeof(listen)) <
	    0)
		return -ENOMEM;
	config->listens[config->listen_count++] = listen;
	return 0;
}

static int take_log(void *context, const char *word)
{
	struct config *config = context;

	if (strcmp(word, "stdout") == 0)
		config->log_stdout = true;
	else if (strcmp(word, "stderr") == 0)
		config->log_stderr = true;
	else if (strcmp(word, "syslog") == 0)
		config->log_syslog = true;
	else
		return -EINVAL;
	return 0;
}

static int read_ready(const json_t *annotations, struct config *config,
		      struct diag *diag)
{
	const char *text;
	int r = annotation(annotations, KEY_READY, &text, diag);

	if (r < 0)
		return r;
	if (text && strcmp(text, "exec") == 0) {
		config->ready = CONFIG_READY_EXEC;
	} else if (text && strcmp(text, "listen") == 0) {
		config->ready = CONFIG_READY_LISTEN;
	} else if (text && strcmp(text, "notify") == 0) {
		config->ready = CONFIG_READY_NOTIFY;
	} else if (text && strncmp(text, "http ", 5) == 0) {
		config->ready = CONFIG_READY_HTTP;
		config->ready_path = strdup(text + 5);
		if (!config->ready_path)
			return diag_oom(diag);
	} else {
		return refuse(diag, "%s is no way to be ready that is known",
			      text ? text : "nothing");
	}
	return 0;
}

static int read_milliseconds(const json_t *annotations, const char *key,
			     uint32_t *ret_value, struct diag *diag)
{
	const char *text;
	uint64_t value;
	int r = annotation(annotations, key, &text, diag);

	if (r < 0)
		return r;
	if (!text || number_parse(text, 10, UINT32_MAX, &value) < 0)
		return refuse(diag,
			      "the annotation %s is not a number of "
			      "milliseconds",
			      key);
	*ret_value = (uint32_t)value;
	return 0;
}

static int read_stop_signal(const json_t *annotations, struct config *config,
			    struct diag *diag)
{
	const char *text;
	int r = annotation(annotations, KEY_STOP_SIGNAL, &text, diag);

	if (r < 0)
		return r;
	config->stop_signal = text ? signal_number(text) : -EINVAL;
	if (config->stop_signal < 0)
		return refuse(diag, "%s is not a signal that is known",
			      text ? text : "nothing");
	return 0;
}

int config_read_annotations(const json_t *annotations, struct config *config,
			    struct diag *diag)
{
	int r;

	r = copy_annotation(annotations, KEY_NAME, &config->name, diag);
	if (r == 0)
		r = copy_annotation(annotations, KEY_SUMMARY, &config->summary,
				    diag);
	if (r == 0)
		r = copy_annotation(annotations, KEY_VERSION, &config->version,
				    diag);
	if (r == 0)
		r = config_each_word(annotations, KEY_SYSCALLS, take_syscall,
				     config, diag);
	if (r == 0)
		r = config_each_word(annotations, KEY_LISTEN, take_listen,
				     config, diag);
	if (r == 0)
		r = config_each_word(annotations, KEY_LOG, take_log, config,
				     diag);
	if (r == 0)
		r = read_ready(annotations, config, diag);
	if (r == 0)
		r = read_milliseconds(annotations, KEY_READY_TIMEOUT,
				      &config->ready_milliseconds, diag);
	if (r == 0)
		r = read_stop_signal(annotations, config, diag);
	if (r == 0)
		r = read_milliseconds(annotations, KEY_DRAIN,
				      &config->drain_milliseconds, diag);
	if (r == 0)
		r = config_read_words(annotations, config, diag);
	if (r == 0)
		r = config_read_lists(annotations, config, diag);
	return r;
}
