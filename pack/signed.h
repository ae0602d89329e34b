/*
 * Whether an image's signature is good, and whose it is.
 */
#ifndef JAILPACK_SIGNED_H
#define JAILPACK_SIGNED_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/signature.h"
#include "lib/trust.h"
#include "pack/question.h"

/* The certificates in a directory; without one, those that are installed. */
int signed_trust(const char *directory, struct trust_store *ret_store,
		 struct diag *diag) MUST_CHECK;

/* -ENODATA for an image that is not signed; others as signature_verify(). The
 * diagnostic names the image. */
int signed_verify(const struct subject *subject,
		  const struct trust_store *store,
		  struct signature_signer *ret_signer,
		  struct diag *diag) MUST_CHECK;

/* "signed by CN=example (/etc/verity.d/example.crt)", a line. */
void signed_show(struct buf *text, const struct signature_signer *signer);

#endif
