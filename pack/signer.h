/*
 * A key and the certificate that belongs to it: who signs images. Opened
 * before anything lasts long, so that a wrong passphrase is noticed first.
 */
#ifndef JAILPACK_SIGNER_H
#define JAILPACK_SIGNER_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/hashtree.h"
#include "lib/signature.h"

struct signer;

struct signer_options {
	const char *key;	     /* a PEM file, or a "pkcs11:" URI (RFC
					7512) of a key in a token */
	const char *certificate;     /* a PEM file */
	const char *passphrase_file; /* NULL: a terminal is asked if need be;
					of a token it is the PIN */
};

/*
 * -EKEYREJECTED if the key does not belong to the certificate, -EKEYEXPIRED if
 * that is not valid now, -EACCES for a wrong passphrase.
 */
int signer_open(const struct signer_options *options,
		struct signer **ret_signer, struct diag *diag) MUST_CHECK;
void signer_close(struct signer *signer);

/* As signature_verify() will tell; it is the signer's. */
const struct signature_signer *signer_who(const struct signer *signer);

/* The signature of a root hash in DER, appended, and checked. */
int signer_sign(const struct signer *signer,
		const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		struct buf *ret_der, struct diag *diag) MUST_CHECK;

#endif
