/* Devices, by the names that everybody knows or by number. */
#include "lib/suggest.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

/* Documentation/admin-guide/devices.txt of Linux. */
static const struct {
	const char *name;
	unsigned int major, minor;
} known_devices[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 },	 { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 },
};

/* Those that the supervisor makes, with an end of its own: the log's. */
static const struct {
	const char *name;
	size_t flag;
} log_devices[] = {
	{ "stdout", offsetof(struct config, log_stdout) },
	{ "stderr", offsetof(struct config, log_stderr) },
	{ "log", offsetof(struct config, log_syslog) },
};

/* 1 if the same device was said before, which is no mistake: bundles may ask
 * for what the recipe asks for too. */
static int said_before(const struct reader *reader,
		       const struct recipe_item *device, struct diag *diag)
{
	for (size_t i = 0; i < reader->recipe->item_count; i++) {
		const struct recipe_item *item = &reader->recipe->items[i];

		if (item->kind != ITEM_DEVICE ||
		    strcmp(item->path, device->path) != 0)
			continue;
		if (item->mode == device->mode &&
		    item->major == device->major &&
		    item->minor == device->minor)
			return 1;
		return location_error(diag, -EINVAL, &device->at,
				      "another device has the path %s, of "
				      "%s:%u:%u",
				      device->path, item->at.file,
				      item->at.line, item->at.column);
	}
	return 0;
}

/* `device` is taken over in any case. */
static int add_device(struct reader *reader, struct recipe_item *device,
		      struct diag *diag)
{
	struct recipe_item *item;
	int error = said_before(reader, device, diag);

	if (error == 0) {
		error = reader_add_item(reader, ITEM_DEVICE, &device->at, &item,
					diag);
		if (error == 0) {
			*item = *device;
			return 0;
		}
	}
	recipe_item_done(device);
	return error < 0 ? error : 0; /* said before */
}

static int unknown_device(const struct lex_word *word, struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(word->text);

	for (size_t i = 0; i < ARRAY_SIZE(known_devices); i++)
		suggest_offer(&suggestion, known_devices[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(log_devices); i++)
		suggest_offer(&suggestion, log_devices[i].name);
	location_error(diag, -EINVAL, &word->at, "unknown device '%s'",
		       word->text);
	if (suggestion.best)
		suggest_hint(&suggestion, diag);
	else
		diag_hint(diag, "others are said by number: device /dev/NAME "
				"c|b MAJOR MINOR [MODE]");
	return -EINVAL;
}

static int add_by_name(struct reader *reader, const struct lex_word *word,
		       struct diag *diag)
{
	for (size_t i = 0; i < ARRAY_SIZE(log_devices); i++) {
		if (strcmp(word->text, log_devices[i].name) == 0) {
			char *config = (char *)&reader->recipe->config;

			*(bool *)(config + log_devices[i].flag) = true;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(known_devices); i++) {
		struct recipe_item device = {
			.kind = ITEM_DEVICE,
			.at = word->at,
			.has_mode = true,
			.mode = S_IFCHR | 0666,
			.major = known_devices[i].major,
			.minor = known_devices[i].minor,
		};

		if (strcmp(word->text, known_devices[i].name) != 0)
			continue;
		if (asprintf(&device.path, "/dev/%s", word->text) < 0)
			return diag_oom(diag);
		return add_device(reader, &device, diag);
	}
	return unknown_device(word, diag);
}

static int device_path(const struct lex_word *word, char **ret_path,
		       struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int error = value_path(word, &path, diag);

	if (error < 0)
		return error;
	if (strncmp(path, "/dev/", 5) != 0 || strchr(path + 5, '/'))
		return location_error(diag, -EINVAL, &word->at,
				      "a device must be directly in /dev");
	for (size_t i = 0; i < ARRAY_SIZE(log_devices); i++)
		if (strcmp(path + 5, log_devices[i].name) == 0)
			return location_error(diag, -EINVAL, &word->at,
					      "%s is the log's: device %s",
					      path, log_devices[i].name);
	*ret_path = steal_ptr(&path);
	return 0;
}

/* MAJOR MINOR [MODE] [USER:GROUP] */
static int device_numbers(const struct lex_statement *statement,
			  struct recipe_item *device, struct diag *diag)
{
	const struct lex_word *words = statement->words;
	uint64_t major = 0, minor = 0;
	mode_t mode = 0600;
	size_t next = 5;
	int error =
		value_number(&words[3], "major number", 0, 0xfff, &major, diag);

	if (error == 0)
		error = value_number(&words[4], "minor number", 0, 0xfffff,
				     &minor, diag);
	if (error == 0 && next < statement->count &&
	    value_looks_like_mode(&words[next]))
		error = value_mode(&words[next++], 0777, &mode, diag);
	if (error == 0 && next < statement->count)
		error = value_owner(&words[next++], &device->user,
				    &device->group, diag);
	if (error == 0 && next < statement->count)
		error = location_error(diag, -EINVAL, &words[next].at,
				       "device does not take so many words");
	if (error < 0)
		return error;
	device->has_mode = true;
	device->mode |= mode;
	device->major = (unsigned int)major;
	device->minor = (unsigned int)minor;
	return 0;
}

static int add_by_number(struct reader *reader,
			 const struct lex_statement *statement,
			 struct diag *diag)
{
	const struct lex_word *words = statement->words;
	struct recipe_item device = { .kind = ITEM_DEVICE, .at = words[0].at };
	int error;

	if (statement->count < 5)
		return location_error(diag, -EINVAL, &words[0].at,
				      "a path needs c or b and two numbers "
				      "behind it");
	if (strcmp(words[2].text, "c") == 0)
		device.mode = S_IFCHR;
	else if (strcmp(words[2].text, "b") == 0)
		device.mode = S_IFBLK;
	else
		return location_error(diag, -EINVAL, &words[2].at,
				      "'%s' is neither c (character device) "
				      "nor b (block device)",
				      words[2].text);
	error = device_path(&words[1], &device.path, diag);
	if (error == 0)
		error = device_numbers(statement, &device, diag);
	if (error == 0 && device.path)
		return add_device(reader, &device, diag);
	recipe_item_done(&device);
	return error;
}

HANDLER(handle_device)
{
	int error = 0;

	if (statement->words[1].text[0] == '/')
		return add_by_number(reader, statement, diag);
	for (size_t i = 1; error == 0 && i < statement->count; i++)
		error = add_by_name(reader, &statement->words[i], diag);
	return error;
}
