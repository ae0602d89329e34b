/*
 * Who made an image, and whether it may run here for that: jailmount's policy.
 *
 *   signed          its signature has to be good, by one of the certificates
 *                   that are installed (lib/trust.h), whatever is asked for
 *   not signed      refused where any certificate is installed, unless that is
 *                   what the operator asks for
 *
 * The judgement is made when an image is taken up: at the start, and when
 * another takes its place. Restores go by the root hash alone.
 */
#ifndef JAILMOUNT_VERDICT_H
#define JAILMOUNT_VERDICT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "lib/sha256.h"

#include <jansson.h>
#include <stdbool.h>

struct verdict {
	char *signer;		     /* NULL: it is not signed */
	char *certificate;	     /* path of the signer's */
	uint8_t digest[SHA256_SIZE]; /* of that file */
	bool overruled; /* not signed, though certificates are installed */
};

#define VERDICT_INIT ((struct verdict){ 0 })
#define CLEANUP_VERDICT CLEANUP(verdict_done)

void verdict_done(struct verdict *verdict);

/*
 * Judge an image whose content is that of its root hash. Without a signature
 * libcrypto is not even loaded. -ENODATA if there has to be one and is none;
 * others as signature_verify().
 */
int verdict_give(int fd, const struct image_layout *layout, bool allow_unsigned,
		 struct verdict *ret_verdict, struct diag *diag) MUST_CHECK;

/* "signed by CN=example (/etc/verity.d/example.crt)". NULL: no memory. */
char *verdict_text(const struct verdict *verdict) MUST_CHECK;

/*
 * {"signed": true, "signer", "certificate", "installed"}, where the last tells
 * whether that certificate still is; or {"signed": false, "overruled"}. NULL:
 * no memory.
 */
json_t *verdict_json(const struct verdict *verdict);

#endif
