/*
 * What a registry says that it wants to see of whoever asks: the header
 * WWW-Authenticate, RFC 9110, 11.6.1, with the parameters of the
 * distribution project's token authentication.
 */
#ifndef JAIL_CHALLENGE_H
#define JAIL_CHALLENGE_H

#include "lib/base.h"

enum challenge_scheme {
	CHALLENGE_NONE, /* no scheme that is known here */
	CHALLENGE_BASIC,
	CHALLENGE_BEARER,
};

enum { CHALLENGE_VALUE_MAX = 1024 };

struct challenge {
	enum challenge_scheme scheme;
	/* Of Bearer; "" where not given. */
	char realm[CHALLENGE_VALUE_MAX];
	char service[CHALLENGE_VALUE_MAX];
	char scope[CHALLENGE_VALUE_MAX];
};

/*
 * Read the value of one such header, which may hold several challenges: the
 * first Bearer with a realm counts, else a Basic. Never fails: what cannot be
 * read is no challenge.
 */
void challenge_parse(const char *header, struct challenge *ret_challenge);

#endif
