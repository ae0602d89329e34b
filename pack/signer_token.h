/*
 * Keys that never leave their token: a security module, a smart card, a
 * software store behind PKCS#11. Reached through OpenSSL's engine "pkcs11"
 * (libp11), which finds the tokens by p11-kit; PKCS11_MODULE_PATH in the
 * environment, or OpenSSL's configuration file, names another module.
 *
 * For signer.c alone.
 */
#ifndef JAILPACK_SIGNER_TOKEN_H
#define JAILPACK_SIGNER_TOKEN_H

#include "lib/base.h"
#include "lib/crypto_library.h"
#include "lib/diag.h"

#include <stdbool.h>

struct signer_token {
	ENGINE *engine; /* NULL: none */
};

/* True for a "pkcs11:" URI. */
bool signer_token_is(const char *key);

/* How much of the path or URI may be shown: behind that there may be a PIN. */
int signer_token_shown(const char *key);

/*
 * The private key that the URI names. Its PIN is in the file, or in the URI
 * (pin-value, pin-source), or asked for by the engine. -ENOENT if there is no
 * such key, or no engine.
 */
int signer_token_open(const struct crypto_library *library, const char *uri,
		      const char *pin_file, struct signer_token *ret_token,
		      EVP_PKEY **ret_key, struct diag *diag) MUST_CHECK;
void signer_token_close(const struct crypto_library *library,
			struct signer_token *token);

#endif
