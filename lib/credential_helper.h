/*
 * The programs that keep credentials for container tools:
 * docker-credential-NAME, found in PATH, as docker/docker-credential-helpers
 * has them. "get" reads the registry from standard input and writes a JSON
 * object with Username and Secret to standard output, or says there why not.
 */
#ifndef JAIL_CREDENTIAL_HELPER_H
#define JAIL_CREDENTIAL_HELPER_H

#include "lib/base.h"
#include "lib/credentials.h"
#include "lib/diag.h"

/*
 * Ask the helper `name`, which may talk to whoever sits at the terminal, and
 * has a minute for it. Credentials with both NULL if it knows the registry
 * not. -EINVAL for what is no name of a helper, -ENOENT for one that is not
 * installed, -EIO for one that fails or does not end, -EBADMSG for an answer
 * that cannot be understood.
 */
int credential_helper_ask(const char *name, const char *registry,
			  struct credentials *ret_credentials,
			  struct diag *diag) MUST_CHECK;

/* The same for the text of an answer, for its tests. */
int credential_helper_parse(const char *json, size_t length,
			    struct credentials *ret_credentials,
			    struct diag *diag) MUST_CHECK;

#endif
