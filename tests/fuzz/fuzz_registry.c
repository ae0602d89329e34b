/* What comes from a registry as text: the first byte says as what it is read.
 * A manifest that is accepted is written as one that is accepted again. */
#include "tests/fuzz/fuzz.h"

#include "lib/artifact.h"
#include "lib/challenge.h"
#include "lib/credentials.h"

#include <string.h>

static void read_manifest(const char *text, size_t length)
{
	CLEANUP_ARTIFACT struct artifact artifact = ARTIFACT_INIT;
	CLEANUP_ARTIFACT struct artifact again = ARTIFACT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (artifact_parse(text, length, &artifact, &diag) < 0) {
		if (!diag.text)
			abort();
		return;
	}
	if (artifact_write(&artifact, &json, &diag) < 0 ||
	    artifact_parse(json.data, json.length, &again, &diag) < 0 ||
	    strcmp(artifact.root_hash, again.root_hash) != 0)
		abort();
}

static void read_credentials(const char *text, size_t length)
{
	CLEANUP_CREDENTIALS struct credentials credentials = CREDENTIALS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE char *helper = NULL;
	const struct reference reference = { .registry = "r.example",
					     .repository = "web/a" };

	if (credentials_parse(text, length, &reference, &credentials, &helper,
			      &diag) < 0)
		return;
	/* What goes into a header or a form must not end it. */
	if ((credentials.basic && strpbrk(credentials.basic, "\r\n ")) ||
	    (credentials.token && strpbrk(credentials.token, "\r\n ")))
		abort();
}

static void read_reference(const char *text)
{
	struct reference reference, again;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf whole = BUF_INIT;

	if (reference_parse(text, &reference, &diag) < 0)
		return;
	reference_put(&whole, &reference);
	if (reference_parse(whole.data, &again, &diag) < 0 ||
	    memcmp(&reference.tag, &again.tag, strlen(again.tag) + 1) != 0 ||
	    strstr(reference.repository, ".."))
		abort();
	(void)reference_is_loopback(&reference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct challenge challenge;
	CLEANUP_FREE char *text = NULL;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		return 0;
	switch (*data) {
	case 'm':
		read_manifest((const char *)data + 1, size - 1);
		break;
	case 'a':
		read_credentials((const char *)data + 1, size - 1);
		break;
	case 'w':
		challenge_parse(text, &challenge);
		break;
	case 'r':
		read_reference(text);
		break;
	default:
		break;
	}
	return 0;
}
