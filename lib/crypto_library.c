#include "lib/crypto_library.h"

#include "lib/shared_library.h"

#include <errno.h>

static const char *const names[] = {
#define NAME(name) #name,
	CRYPTO_LIBRARY_FUNCTIONS(NAME)
#undef NAME
};

_Static_assert(sizeof(struct crypto_library) ==
		       ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

int crypto_library_load(bool configured, struct crypto_library *ret_library,
			struct diag *diag)
{
	/* The version of the interface that the headers describe. */
	static const struct shared_library shared = {
		.sonames = { "libcrypto.so.3" },
		.does = "signs and checks signatures",
		.package = "libssl3",
		.names = names,
		.count = ARRAY_SIZE(names),
	};
	struct crypto_library library;
	int r = shared_library_load(&shared, &library, diag);

	if (r < 0)
		return r;
	if (library.OPENSSL_init_crypto(configured
						? OPENSSL_INIT_LOAD_CONFIG
						: OPENSSL_INIT_NO_LOAD_CONFIG,
					NULL) != 1)
		return diag_set(diag, -ENOSYS,
				"libcrypto cannot be initialized");
	*ret_library = library;
	return 0;
}

struct crypto_reason crypto_reason(const struct crypto_library *library)
{
	struct crypto_reason reason = { "" };
	const char *text =
		library->ERR_reason_error_string(library->ERR_peek_error());

	if (text)
		(void)snprintf(reason.text, sizeof(reason.text), ": %s", text);
	library->ERR_clear_error();
	return reason;
}
