#include "pack/apt_policy.h"

#include <errno.h>
#include <string.h>

/*
 * libc6:
 *   Installed: (none)
 *   Candidate: 2.36-9+deb12u9
 *   Version table:
 *      2.36-9+deb12u9 500
 *         500 http://deb.debian.org/debian bookworm/main amd64 Packages
 */

enum {
	FIELD_INDENT = 2,
	VERSION_INDENT = 5, /* or " *** " */
	SOURCE_INDENT = 7,  /* and more for a priority of less than 4 digits */
};

static void offer_done(struct apt_offer *offer)
{
	for (size_t i = 0; i < offer->version_count; i++)
		free(offer->versions[i].version);
	free(offer->versions);
	free(offer->name);
	free(offer->candidate);
	free(offer->release);
}

void apt_offers_done(struct apt_offers *offers)
{
	for (size_t i = 0; i < offers->count; i++)
		offer_done(&offers->items[i]);
	free(offers->items);
	*offers = (struct apt_offers){ 0 };
}

static int add_offer(struct apt_offers *offers, const char *name, size_t length)
{
	struct apt_offer offer = { .name = strndup(name, length) };

	if (!offer.name || array_grow(&offers->items, offers->count,
				      sizeof(*offers->items)) < 0) {
		free(offer.name);
		return -ENOMEM;
	}
	offers->items[offers->count++] = offer;
	return 0;
}

static int add_version(struct apt_offer *offer, const char *text)
{
	struct apt_version version = {
		.version = strndup(text, strcspn(text, " ")),
	};

	if (!version.version ||
	    array_grow(&offer->versions, offer->version_count,
		       sizeof(*offer->versions)) < 0) {
		free(version.version);
		return -ENOMEM;
	}
	offer->versions[offer->version_count++] = version;
	return 0;
}

static int set_candidate(struct apt_offer *offer, const char *text)
{
	if (strcmp(text, "(none)") == 0)
		return 0;
	free(offer->candidate);
	offer->candidate = strdup(text);
	return offer->candidate ? 0 : -ENOMEM;
}

/* Debian has them in SUITE-security or, before bullseye, in SUITE/updates;
 * sources may call them otherwise, but not the place that they come from. */
static bool is_security(const char *uri, const char *release)
{
	return strstr(release, "-security/") || strstr(release, "/updates/") ||
	       strstr(uri, "//security.") || strstr(uri, "/debian-security");
}

/* PRIORITY URI RELEASE ... */
static int take_source(struct apt_offer *offer, char *text)
{
	struct apt_version *version =
		offer->version_count
			? &offer->versions[offer->version_count - 1]
			: NULL;
	const char *uri, *release;

	(void)strsep(&text, " ");
	uri = strsep(&text, " ");
	release = strsep(&text, " ");
	if (!version || !uri || !release)
		return 0;
	version->security |= is_security(uri, release);
	if (offer->release || !offer->candidate ||
	    strcmp(version->version, offer->candidate) != 0)
		return 0;
	offer->release = strdup(release);
	return offer->release ? 0 : -ENOMEM;
}

static int take_line(struct apt_offers *offers, char *line)
{
	static const char candidate[] = "Candidate: ";
	size_t indent = strspn(line, " ");
	size_t length = strlen(line);
	struct apt_offer *last =
		offers->count ? &offers->items[offers->count - 1] : NULL;

	if (indent == 0)
		return length > 1 && line[length - 1] == ':'
			       ? add_offer(offers, line, length - 1)
			       : 0;
	if (!last)
		return 0;
	if (indent == FIELD_INDENT &&
	    strncmp(line + indent, candidate, strlen(candidate)) == 0)
		return set_candidate(last, line + indent + strlen(candidate));
	if (strncmp(line, " *** ", VERSION_INDENT) == 0 ||
	    indent == VERSION_INDENT)
		return add_version(last, line + VERSION_INDENT);
	if (indent >= SOURCE_INDENT)
		return take_source(last, line + indent);
	return 0;
}

int apt_policy_parse(const char *text, struct apt_offers *offers)
{
	CLEANUP_FREE char *own = strdup(text);
	char *rest = own, *line;
	int r = own ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL)
		r = take_line(offers, line);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct apt_offer *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void apt_offers_sort(struct apt_offers *offers)
{
	size_t kept = 0;

	if (!offers->count)
		return;
	qsort(offers->items, offers->count, sizeof(*offers->items), compare);
	for (size_t i = 0; i < offers->count; i++) {
		if (kept &&
		    compare(&offers->items[kept - 1], &offers->items[i]) == 0)
			offer_done(&offers->items[i]);
		else
			offers->items[kept++] = offers->items[i];
	}
	offers->count = kept;
}

const struct apt_offer *apt_offers_find(const struct apt_offers *offers,
					const char *name)
{
	const struct apt_offer key = { .name = (char *)(uintptr_t)name };

	return offers->count ? bsearch(&key, offers->items, offers->count,
				       sizeof(*offers->items), compare)
			     : NULL;
}
