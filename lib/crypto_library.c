#include "lib/crypto_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* The version of the interface that the headers describe. */
static const char soname[] = "libcrypto.so.3";

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
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	struct crypto_library library;

	if (!handle) {
		(void)diag_set(diag, -ENOENT,
			       "cannot load the library that signs and checks "
			       "signatures: %s",
			       dlerror());
		diag_hint(diag, "install the package libssl3");
		return -ENOENT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		void *function = dlsym(handle, names[i]);

		if (!function)
			return diag_set(diag, -ENOENT, "%s has no %s", soname,
					names[i]);
		/* POSIX lets dlsym() return functions, ISO C has no cast. */
		memcpy((char *)&library + i * sizeof(function), &function,
		       sizeof(function));
	}
	(void)dlclose(handle);
	if (library.OPENSSL_init_crypto(configured
						? OPENSSL_INIT_LOAD_CONFIG
						: OPENSSL_INIT_NO_LOAD_CONFIG,
					NULL) != 1)
		return diag_set(diag, -ENOSYS, "%s cannot be initialized",
				soname);
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
