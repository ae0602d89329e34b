#include "lib/debian_version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A part of a version: [epoch:]upstream[-revision]. */
struct part {
	const char *text;
	size_t length;
};

struct version {
	struct part epoch, upstream, revision;
};

static struct version split(const char *text)
{
	const char *colon = strchr(text, ':');
	const char *hyphen = strrchr(text, '-');
	struct version version = { .epoch = { "0", 1 },
				   .revision = { "0", 1 } };
	const char *end = text + strlen(text);

	if (colon) {
		version.epoch = (struct part){ text, (size_t)(colon - text) };
		text = colon + 1;
	}
	if (hyphen && hyphen >= text) {
		version.revision =
			(struct part){ hyphen + 1, (size_t)(end - hyphen) - 1 };
		end = hyphen;
	}
	version.upstream = (struct part){ text, (size_t)(end - text) };
	return version;
}

static bool is_digit(const struct part *part)
{
	return part->length && *part->text >= '0' && *part->text <= '9';
}

static char take(struct part *part)
{
	part->length--;
	return *part->text++;
}

/* A tilde comes before the end, the end before letters, and those before
 * everything else. A digit ends a run as the end does. */
static int weight(const struct part *part)
{
	unsigned char c;

	if (!part->length || is_digit(part))
		return 0;
	c = (unsigned char)*part->text;
	if (c == '~')
		return -1;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return c;
	return c + 256;
}

static int compare_words(struct part *a, struct part *b)
{
	int order = 0;

	while (order == 0 &&
	       ((a->length && !is_digit(a)) || (b->length && !is_digit(b)))) {
		order = weight(a) - weight(b);
		if (order == 0) {
			(void)take(a);
			(void)take(b);
		}
	}
	return order;
}

/* Of any length: the longer one is greater, without its leading zeros. */
static int compare_numbers(struct part *a, struct part *b)
{
	int order = 0;

	while (is_digit(a) && *a->text == '0')
		(void)take(a);
	while (is_digit(b) && *b->text == '0')
		(void)take(b);
	while (is_digit(a) && is_digit(b)) {
		int difference = take(a) - take(b);

		if (order == 0)
			order = difference;
	}
	if (is_digit(a))
		return 1;
	return is_digit(b) ? -1 : order;
}

static int compare_parts(struct part a, struct part b)
{
	int order = 0;

	while (order == 0 && (a.length || b.length)) {
		order = compare_words(&a, &b);
		if (order == 0)
			order = compare_numbers(&a, &b);
	}
	return order;
}

int debian_version_compare(const char *a, const char *b)
{
	struct version x = split(a), y = split(b);
	int order = compare_parts(x.epoch, y.epoch);

	if (order == 0)
		order = compare_parts(x.upstream, y.upstream);
	return order ? order : compare_parts(x.revision, y.revision);
}
