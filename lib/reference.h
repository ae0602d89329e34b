/*
 * The name of an image in a registry: REGISTRY/REPOSITORY[:TAG][@DIGEST], as
 * in "registry.example:5000/web/apache:2.4.62".
 *
 * The registry is a host, with a port or not, and always said: there is no
 * registry that is meant when none is named. So that a reference is never
 * taken for a path or the other way round, its first component must have a
 * dot or a colon in it or be "localhost".
 *
 * Grammar: OCI distribution specification 1.1, "Pulling manifests".
 */
#ifndef JAIL_REFERENCE_H
#define JAIL_REFERENCE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"

#include <stdbool.h>

enum {
	REFERENCE_REGISTRY_MAX = 262, /* a name of 253 bytes, and a port */
	REFERENCE_REPOSITORY_MAX = 255,
	REFERENCE_TAG_MAX = 128,
	DIGEST_TEXT_SIZE = 7 + 2 * SHA256_SIZE + 1, /* "sha256:", hex, NUL */
};

struct reference {
	char registry[REFERENCE_REGISTRY_MAX + 1];
	char repository[REFERENCE_REPOSITORY_MAX + 1];
	char tag[REFERENCE_TAG_MAX + 1]; /* "" if only the digest counts */
	char digest[DIGEST_TEXT_SIZE];	 /* "" if none is given */
};

/* Could this be meant as a reference? Says nothing about its being right. */
bool reference_is_meant(const char *text);

/*
 * Take a reference apart. With neither tag nor digest the tag is "latest".
 * -EINVAL with the reason.
 */
int reference_parse(const char *text, struct reference *ret_reference,
		    struct diag *diag) MUST_CHECK;

/* The same without tag and digest, as --tags takes it. */
int reference_parse_repository(const char *text,
			       struct reference *ret_reference,
			       struct diag *diag) MUST_CHECK;

/* The whole text again. */
void reference_put(struct buf *text, const struct reference *reference);

/* The last component of the repository; points into the reference. */
const char *reference_name(const struct reference *reference);

/* Does the registry lie on this machine, by what it is called: "localhost",
 * 127.0.0.0/8, ::1? */
bool reference_is_loopback(const struct reference *reference);

/* "sha256:" and 64 lower-case hexadecimal digits. Other algorithms are not
 * known here: -EINVAL. */
int digest_parse(const char *text, uint8_t ret_digest[SHA256_SIZE]) MUST_CHECK;
void digest_format(const uint8_t digest[SHA256_SIZE],
		   char ret_text[DIGEST_TEXT_SIZE]);

#endif
