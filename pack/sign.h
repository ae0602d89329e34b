/*
 * Signatures of images that are packed already.
 */
#ifndef JAILPACK_SIGN_H
#define JAILPACK_SIGN_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/options.h"
#include "pack/signer.h"

/* Who signs by --key, --cert and --passphrase-file; NULL without a key. */
int sign_open(const struct options *options, struct signer **ret_signer,
	      struct diag *diag) MUST_CHECK;

/*
 * --sign: verify the image, and give it a signature. It is replaced as a whole
 * or, with -o, left as it is. -EEXIST if it is signed already, unless --force.
 * What was done is appended to `text`.
 */
int sign_image(const struct options *options, const struct signer *signer,
	       struct buf *text, struct diag *diag) MUST_CHECK;

/*
 * --attach-signature: the same with a signature that was made elsewhere. It
 * has to be good, by the certificate of --cert, or else by one of those that
 * are trusted.
 */
int sign_attach(const struct options *options, struct buf *text,
		struct diag *diag) MUST_CHECK;

/* --roothash: what has to be signed elsewhere, 64 digits without a newline. */
int sign_root_hash(const struct options *options, struct buf *text,
		   struct diag *diag) MUST_CHECK;

#endif
