#include "pack/nsswitch.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char blanks[] = " \t\r";

static int add_service(const char *word, size_t length, char ***services)
{
	CLEANUP_FREE char *service = strndup(word, length);

	/* It becomes a part of a file's name. */
	if (service && strchr(service, '/'))
		return 0;
	for (size_t i = 0; service && *services && (*services)[i]; i++) {
		if (strcmp((*services)[i], service) == 0)
			return 0;
	}
	return service ? strv_append(services, service) : -ENOMEM;
}

/* What stands behind the colon, up to `end`. */
static int read_line(const char *at, const char *end, char ***services)
{
	bool in_action = false;
	int r = 0;

	while (r == 0 && at < end) {
		size_t length = strspn(at, blanks);
		size_t left;

		at += length;
		left = (size_t)(end - at);
		length = strcspn(at, " \t\r\n");
		if (length > left)
			length = left;
		in_action = in_action || *at == '[';
		if (in_action)
			in_action = !memchr(at, ']', length);
		else if (length)
			r = add_service(at, length, services);
		at += length + (length == 0);
	}
	return r;
}

int nsswitch_services(const char *text, const char *database, char ***services)
{
	size_t length = strlen(database);
	bool found = false;
	int r = 0;

	while (r == 0 && text && *text) {
		const char *line = text + strspn(text, blanks);
		const char *end = line + strcspn(line, "#\n");
		const char *colon = line + length;

		if (strncmp(line, database, length) == 0)
			colon += strspn(colon, blanks);
		else
			colon = end;
		if (colon < end && *colon == ':') {
			found = true;
			r = read_line(colon + 1, end, services);
		}
		text = end + strcspn(end, "\n");
		text += *text == '\n';
	}
	if (r == 0 && !found)
		r = add_service("files", 5, services);
	if (r == 0 && !found && strcmp(database, "hosts") == 0)
		r = add_service("dns", 3, services);
	return r;
}
