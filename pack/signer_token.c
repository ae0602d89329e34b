#include "pack/signer_token.h"

#include "pack/passphrase.h"

#include <errno.h>
#include <string.h>

#define SCHEME "pkcs11:"

bool signer_token_is(const char *key)
{
	return strncmp(key, SCHEME, strlen(SCHEME)) == 0;
}

int signer_token_shown(const char *key)
{
	return (int)(signer_token_is(key) ? strcspn(key, "?") : strlen(key));
}

static int open_engine(const struct crypto_library *library,
		       ENGINE **ret_engine, struct diag *diag)
{
	ENGINE *engine = library->ENGINE_by_id("pkcs11");

	if (!engine) {
		library->ERR_clear_error();
		(void)diag_set(diag, -ENOENT,
			       "OpenSSL has no engine for keys in tokens here");
		diag_hint(diag, "install the package "
				"libengine-pkcs11-openssl");
		return -ENOENT;
	}
	if (library->ENGINE_init(engine) != 1) {
		(void)diag_set(diag, -EIO,
			       "OpenSSL's engine pkcs11 does not start%s",
			       crypto_reason(library).text);
		(void)library->ENGINE_free(engine);
		return -EIO;
	}
	/* It would print what it is told, PIN and all. */
	(void)library->ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 0);
	library->ERR_clear_error();
	*ret_engine = engine;
	return 0;
}

static int give_pin(const struct crypto_library *library, ENGINE *engine,
		    const char *pin_file, struct diag *diag)
{
	CLEANUP(passphrase_done) struct buf pin = BUF_INIT;
	int r = passphrase_get(pin_file, "the token", &pin, diag);

	if (r < 0)
		return r;
	if (library->ENGINE_ctrl_cmd_string(engine, "PIN", pin.data, 0) != 1)
		return diag_set(diag, -EIO,
				"OpenSSL's engine pkcs11 takes no PIN%s",
				crypto_reason(library).text);
	return 0;
}

int signer_token_open(const struct crypto_library *library, const char *uri,
		      const char *pin_file, struct signer_token *ret_token,
		      EVP_PKEY **ret_key, struct diag *diag)
{
	struct signer_token token = { 0 };
	EVP_PKEY *key;
	int r = open_engine(library, &token.engine, diag);

	if (r == 0 && pin_file)
		r = give_pin(library, token.engine, pin_file, diag);
	if (r < 0) {
		signer_token_close(library, &token);
		return r;
	}
	key = library->ENGINE_load_private_key(token.engine, uri,
					       library->UI_OpenSSL(), NULL);
	if (!key) {
		(void)diag_set(diag, -ENOENT, "cannot use the key %.*s%s",
			       signer_token_shown(uri), uri,
			       crypto_reason(library).text);
		diag_hint(diag, "is the token there, is the name right, and "
				"the PIN?");
		signer_token_close(library, &token);
		return -ENOENT;
	}
	*ret_token = token;
	*ret_key = key;
	return 0;
}

void signer_token_close(const struct crypto_library *library,
			struct signer_token *token)
{
	if (!token->engine)
		return;
	(void)library->ENGINE_finish(token->engine);
	(void)library->ENGINE_free(token->engine);
	token->engine = NULL;
}
