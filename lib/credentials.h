/*
 * What container tools know of a registry: the file auth.json that "podman
 * login", "skopeo login" and "docker login" write.
 *
 * Looked for as containers-auth.json(5) has it: in $REGISTRY_AUTH_FILE alone
 * if that is set; else in $XDG_RUNTIME_DIR/containers/auth.json,
 * /run/containers/UID/auth.json, $XDG_CONFIG_HOME/containers/auth.json,
 * ~/.config/containers/auth.json, $DOCKER_CONFIG/config.json and
 * ~/.docker/config.json, the first that knows the registry.
 */
#ifndef JAIL_CREDENTIALS_H
#define JAIL_CREDENTIALS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/reference.h"

#include <stdbool.h>

struct credentials {
	char *basic; /* base64 of USER:PASSWORD, or NULL */
	char *token; /* an identity token, to be changed into others, or NULL */
};

#define CREDENTIALS_INIT ((struct credentials){ 0 })
#define CLEANUP_CREDENTIALS CLEANUP(credentials_done)

/*
 * Both NULL if nobody knows anything. `file` is the one the operator names, or
 * NULL: only that counts then, and it must be there. -EBADMSG for one that
 * cannot be understood. Where a helper keeps them it is asked, and fails as
 * credential_helper_ask() does.
 */
int credentials_find(const char *file, const struct reference *reference,
		     struct credentials *ret_credentials,
		     struct diag *diag) MUST_CHECK;
void credentials_done(struct credentials *credentials);

/*
 * The same out of the text of one such file, for credentials_find() and its
 * tests: the entry with the longest name that is the repository's or one
 * above it. *ret_helper: the name of the helper that keeps it, or NULL.
 */
int credentials_parse(const char *json, size_t length,
		      const struct reference *reference,
		      struct credentials *ret_credentials, char **ret_helper,
		      struct diag *diag) MUST_CHECK;

/* Whether nothing of it could end the form or the header it is to go into. */
bool credentials_is_token(const char *text);

#endif
