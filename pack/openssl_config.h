/*
 * What an openssl.cnf has OpenSSL load: config(5), provider(7). Pure.
 */
#ifndef JAILPACK_OPENSSL_CONFIG_H
#define JAILPACK_OPENSSL_CONFIG_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/ini.h"

#include <stdbool.h>

struct openssl_module {
	bool engine;	     /* or else a provider */
	char *name;	     /* an absolute path, or without ".so" a name in the
				directory of engines or providers */
	unsigned int number; /* of the line that names it */
};

struct openssl_modules {
	struct openssl_module *modules;
	size_t count;
};

#define OPENSSL_MODULES_INIT ((struct openssl_modules){ 0 })
#define CLEANUP_OPENSSL CLEANUP(openssl_modules_done)

void openssl_modules_done(struct openssl_modules *modules);

/*
 * Providers that are activated and engines, from the section that openssl_conf
 * names; those that are a part of libcrypto itself are left out.
 */
int openssl_modules_find(const struct ini *ini,
			 struct openssl_modules *ret_modules,
			 struct diag *diag) MUST_CHECK;

#endif
