/* Writing the annotations of the contract. */
#include "lib/config_format.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* Nothing is written for an empty text: most contracts ask for little. */
static int annotate(json_t *annotations, const char *key, const char *text)
{
	if (!text || !*text)
		return 0;
	return json_object_set_new(annotations, key, json_string(text));
}

static void put_ready(const struct config *config, struct buf *text)
{
	switch (config->ready) {
	case CONFIG_READY_EXEC:
		buf_puts(text, "exec");
		break;
	case CONFIG_READY_LISTEN:
		buf_puts(text, "listen");
		break;
	case CONFIG_READY_HTTP:
		buf_printf(text, "http %s", config->ready_path);
		break;
	case CONFIG_READY_NOTIFY:
		buf_puts(text, "notify");
		break;
	}
}

static void put_signal(int number, struct buf *text)
{
	const char *name = signal_name(number ? number : SIGTERM);

	if (name)
		buf_printf(text, "SIG%s", name);
	else
		buf_printf(text, "%d", number);
}

static void put_word(struct buf *text, const char *word)
{
	buf_printf(text, "%s%s", text->length ? " " : "", word);
}

/* A number of something that is limited, behind the word for it. */
static void put_number(struct buf *text, const char *word, uint64_t number)
{
	if (number)
		buf_printf(text, "%s%s %" PRIu64, text->length ? " " : "", word,
			   number);
}

static void put_listens(const struct config *config, struct buf *text)
{
	for (size_t i = 0; i < config->listen_count; i++) {
		if (i)
			buf_putc(text, ' ');
		config_listen_put(&config->listens[i], text);
	}
}

static void put_logs(const struct config *config, struct buf *text)
{
	if (config->log_stdout)
		put_word(text, "stdout");
	if (config->log_stderr)
		put_word(text, "stderr");
	if (config->log_syslog)
		put_word(text, "syslog");
}

static void put_connects(const struct config *config, struct buf *text)
{
	for (size_t i = 0; i < config->connect_count; i++) {
		if (i)
			buf_putc(text, ' ');
		endpoint_put(text, &config->connects[i]);
	}
}

static void put_network(const struct config *config, struct buf *text)
{
	if (config->network == CONFIG_NETWORK_HOST)
		buf_puts(text, "host");
	if (config->network != CONFIG_NETWORK_OWN)
		return;
	buf_puts(text, "own");
	for (char **address = config->addresses; address && *address; address++)
		buf_printf(text, " %s", *address);
}

static void put_restore(const struct config *config, struct buf *text)
{
	const struct config_restore *restore = &config->restore;
	enum config_restore_cause cause;
	const char *word;

	put_number(text, "every", restore->every_milliseconds);
	put_number(text, "jitter", restore->jitter_milliseconds);
	for (size_t i = 0; (word = config_restore_word(i, &cause)); i++)
		if (restore->causes & cause)
			put_word(text, word);
}

static void put_health(const struct config *config, struct buf *text)
{
	const struct config_health *health = &config->health;

	if (!health->path)
		return;
	put_number(text, "every", health->every_milliseconds);
	put_number(text, "timeout", health->timeout_milliseconds);
	put_number(text, "failures", health->failures);
	buf_printf(text, " http %s", health->path);
}

static void put_io(const struct config *config, struct buf *text)
{
	const struct config_io_limits *io = &config->limits.io;

	put_number(text, "read", io->read_bytes);
	put_number(text, "write", io->write_bytes);
	put_number(text, "read-ops", io->read_operations);
	put_number(text, "write-ops", io->write_operations);
}

static void put_syscalls(const struct config *config, struct buf *text)
{
	for (char **call = config->allowed_syscalls; call && *call; call++)
		put_word(text, *call);
}

static void put_ready_timeout(const struct config *config, struct buf *text)
{
	buf_printf(text, "%" PRIu32, config->ready_milliseconds);
}

static void put_drain(const struct config *config, struct buf *text)
{
	buf_printf(text, "%" PRIu32, config->drain_milliseconds);
}

static void put_stop_signal(const struct config *config, struct buf *text)
{
	put_signal(config->stop_signal, text);
}

json_t *config_annotations(const struct config *config)
{
	static const struct {
		const char *key;
		void (*put)(const struct config *config, struct buf *text);
	} words[] = {
		{ KEY_SYSCALLS, put_syscalls },
		{ KEY_LISTEN, put_listens },
		{ KEY_CONNECT, put_connects },
		{ KEY_NETWORK, put_network },
		{ KEY_RESTORE, put_restore },
		{ KEY_HEALTH, put_health },
		{ KEY_LIMIT_IO, put_io },
		{ KEY_LOG, put_logs },
		{ KEY_READY, put_ready },
		{ KEY_READY_TIMEOUT, put_ready_timeout },
		{ KEY_STOP_SIGNAL, put_stop_signal },
		{ KEY_DRAIN, put_drain },
	};
	json_t *object = json_pack("{s:s}", KEY_CONTRACT, CONTRACT_VERSION);
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = object ? 0 : -1;

	r |= annotate(object, KEY_NAME, config->name);
	r |= annotate(object, KEY_SUMMARY, config->summary);
	r |= annotate(object, KEY_VERSION, config->version);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		buf_reset(&text);
		words[i].put(config, &text);
		r |= buf_check(&text) < 0
			     ? -1
			     : annotate(object, words[i].key, text.data);
	}
	r |= r < 0 ? r : config_write_lists(config, object);
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}
