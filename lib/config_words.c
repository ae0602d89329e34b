/* Annotations that are words, some with a number behind them. */
#include "lib/config_format.h"

#include "lib/number.h"

#include <errno.h>
#include <string.h>

/* A word that has a number behind it, and where that goes. */
struct number_word {
	const char *word;
	uint64_t most;
	uint64_t *field;
};

struct words {
	const struct number_word *numbers;
	size_t number_count;
	/* Any other word; NULL: there are none. */
	int (*take)(struct config *config, const char *word);
	struct config *config;
	const struct number_word *expected; /* whose number comes next */
};

static int take_word(void *context, const char *word)
{
	struct words *words = context;
	const struct number_word *expected = words->expected;

	words->expected = NULL;
	if (expected)
		return number_parse(word, 10, expected->most, expected->field) <
				       0
			       ? -EINVAL
			       : 0;
	for (size_t i = 0; i < words->number_count; i++) {
		if (strcmp(words->numbers[i].word, word) != 0)
			continue;
		words->expected = &words->numbers[i];
		return 0;
	}
	return words->take ? words->take(words->config, word) : -EINVAL;
}

static int take_connect(void *context, const char *word)
{
	struct config *config = context;
	struct endpoint endpoint;
	const char *why;

	if (endpoint_parse(word, &endpoint, &why) < 0)
		return -EINVAL;
	if (array_grow(&config->connects, config->connect_count,
		       sizeof(endpoint)) < 0)
		return -ENOMEM;
	config->connects[config->connect_count++] = endpoint;
	return 0;
}

static int take_network(void *context, const char *word)
{
	struct config *config = context;

	if (config->network == CONFIG_NETWORK_OWN)
		return strv_append(&config->addresses, word);
	if (strcmp(word, "host") == 0)
		config->network = CONFIG_NETWORK_HOST;
	else if (strcmp(word, "own") == 0)
		config->network = CONFIG_NETWORK_OWN;
	else
		return -EINVAL;
	return 0;
}

static int take_cause(struct config *config, const char *word)
{
	enum config_restore_cause cause;
	const char *known;

	for (size_t i = 0; (known = config_restore_word(i, &cause)); i++) {
		if (strcmp(known, word) != 0)
			continue;
		config->restore.causes |= cause;
		return 0;
	}
	return -EINVAL;
}

static int read_restore(const json_t *annotations, struct config *config,
			struct diag *diag)
{
	struct config_restore *restore = &config->restore;
	const struct number_word numbers[] = {
		{ "every", UINT64_MAX, &restore->every_milliseconds },
		{ "jitter", UINT64_MAX, &restore->jitter_milliseconds },
	};
	struct words words = { .numbers = numbers,
			       .number_count = ARRAY_SIZE(numbers),
			       .take = take_cause,
			       .config = config };

	return config_each_word(annotations, KEY_RESTORE, take_word, &words,
				diag);
}

static int take_health(struct config *config, const char *word)
{
	if (strcmp(word, "http") == 0)
		return 0;
	if (config->health.path)
		return -EINVAL;
	config->health.path = strdup(word);
	return config->health.path ? 0 : -ENOMEM;
}

static int read_health(const json_t *annotations, struct config *config,
		       struct diag *diag)
{
	uint64_t every = 0, timeout = 0, failures = 0;
	const struct number_word numbers[] = {
		{ "every", UINT32_MAX, &every },
		{ "timeout", UINT32_MAX, &timeout },
		{ "failures", UINT32_MAX, &failures },
	};
	struct words words = { .numbers = numbers,
			       .number_count = ARRAY_SIZE(numbers),
			       .take = take_health,
			       .config = config };
	int r = config_each_word(annotations, KEY_HEALTH, take_word, &words,
				 diag);

	config->health.every_milliseconds = (uint32_t)every;
	config->health.timeout_milliseconds = (uint32_t)timeout;
	config->health.failures = (uint32_t)failures;
	return r;
}

static int read_io(const json_t *annotations, struct config *config,
		   struct diag *diag)
{
	struct config_io_limits *io = &config->limits.io;
	const struct number_word numbers[] = {
		{ "read", INT64_MAX, &io->read_bytes },
		{ "write", INT64_MAX, &io->write_bytes },
		{ "read-ops", INT64_MAX, &io->read_operations },
		{ "write-ops", INT64_MAX, &io->write_operations },
	};
	struct words words = { .numbers = numbers,
			       .number_count = ARRAY_SIZE(numbers) };

	return config_each_word(annotations, KEY_LIMIT_IO, take_word, &words,
				diag);
}

int config_read_words(const json_t *annotations, struct config *config,
		      struct diag *diag)
{
	int r = config_each_word(annotations, KEY_CONNECT, take_connect, config,
				 diag);

	if (r == 0)
		r = config_each_word(annotations, KEY_NETWORK, take_network,
				     config, diag);
	if (r == 0)
		r = read_restore(annotations, config, diag);
	if (r == 0)
		r = read_health(annotations, config, diag);
	if (r == 0)
		r = read_io(annotations, config, diag);
	return r;
}
