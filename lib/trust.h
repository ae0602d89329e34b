/*
 * Whose signatures are trusted: certificates, NAME.crt in PEM, in the
 * directories that systemd keeps for it (systemd-dissect(1), --root-hash-sig).
 *
 * A file hides those of its name in the directories behind its own; if it is
 * empty, or a link to /dev/null, it does nothing else. Thus a certificate that
 * came with a package is revoked in /etc.
 *
 * Nothing here looks into a certificate: signature.h does.
 */
#ifndef JAIL_TRUST_H
#define JAIL_TRUST_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"

#include <stdbool.h>

enum {
	TRUST_CERTIFICATE_MAX = 64 << 10, /* bytes */
	TRUST_CERTIFICATES_MAX = 256,
};

struct trust_certificate {
	char *path;
	struct buf pem;
	uint8_t digest[SHA256_SIZE]; /* of the file as it is */
};

struct trust_store {
	struct trust_certificate *certificates;
	size_t count;
};

#define TRUST_STORE_INIT ((struct trust_store){ 0 })
#define CLEANUP_TRUST_STORE CLEANUP(trust_store_done)

void trust_store_done(struct trust_store *store);

/* /etc/verity.d and so on, NULL-terminated. */
const char *const *trust_directories(void);

/*
 * Read them all, sorted by name. A directory that does not exist is empty.
 * Every file that could be a certificate has to be readable, for whoever
 * overlooks one may trust too little, or not notice that anything is trusted.
 */
int trust_store_read(const char *const *directories,
		     struct trust_store *ret_store,
		     struct diag *diag) MUST_CHECK;

/* Add the one file at `path`. */
int trust_store_add(struct trust_store *store, const char *path,
		    struct diag *diag) MUST_CHECK;

/* True if one of them, wherever it lies, has that digest. */
bool trust_store_holds(const struct trust_store *store,
		       const uint8_t digest[SHA256_SIZE]);

#endif
