/*
 * The signature of an image: PKCS#7 (RFC 2315) in DER, detached, over the 64
 * lower-case hexadecimal digits of the root hash. It is what
 *
 *     openssl smime -sign -nocerts -noattr -binary -outform der \
 *         -in ROOTHASH -signer CERTIFICATE -inkey KEY
 *
 * gives, and what systemd reads as .roothash.p7s. Signed attributes may be in
 * it. What nothing signs may not: certificates, revocation lists, unsigned
 * attributes; so no bit of it can change unnoticed.
 *
 * One signer, with RSA or ECDSA and SHA-256, SHA-384 or SHA-512. Whether the
 * signer is to be believed is a matter of having that very certificate, and of
 * its dates: nothing is asked of who has issued it.
 */
#ifndef JAIL_SIGNATURE_H
#define JAIL_SIGNATURE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/hashtree.h"
#include "lib/trust.h"

/* Who has signed: one of the certificates of the store that was asked. */
struct signature_signer {
	const struct trust_certificate *certificate;
	char *subject; /* of it, as printable text; the caller frees it */
};

/*
 * Is this a signature of that root hash by one whose certificate is in the
 * store? If not, why:
 *
 *   -EBADMSG      it is no such signature at all
 *   -ENOKEY       its signer's certificate is not there
 *   -EKEYEXPIRED  that certificate is no longer valid, or not yet
 *   -EKEYREJECTED it is of another root hash, or damaged
 */
int signature_verify(const struct buf *der,
		     const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		     const struct trust_store *store,
		     struct signature_signer *ret_signer,
		     struct diag *diag) MUST_CHECK;

#endif
