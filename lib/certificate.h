/*
 * X.509 certificates of those who sign images: read, judged, named. For
 * signature.c and jailpack's signer.c, which know libcrypto as well.
 */
#ifndef JAIL_CERTIFICATE_H
#define JAIL_CERTIFICATE_H

#include "lib/base.h"
#include "lib/crypto_library.h"
#include "lib/diag.h"
#include "lib/trust.h"

/* The first certificate of the text, which the caller frees. -EBADMSG if there
 * is none. */
int certificate_read(const struct crypto_library *library,
		     const struct trust_certificate *certificate,
		     X509 **ret_x509, struct diag *diag) MUST_CHECK;

/*
 * -EKEYEXPIRED for one that is not valid now; -EKEYREJECTED for a key that
 * images cannot be signed with, or not safely.
 */
int certificate_check(const struct crypto_library *library, X509 *x509,
		      const char *path, struct diag *diag) MUST_CHECK;

/* A name such as "CN=example", printable and of bounded length; the caller
 * frees it. NULL when memory runs out. */
char *certificate_name_text(const struct crypto_library *library,
			    const X509_NAME *name) MUST_CHECK;

#endif
