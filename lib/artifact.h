/*
 * How a jail image lies in a registry: an OCI image manifest that is no
 * container's, by its artifactType. jail-image(5) has it in full.
 *
 *   config   the run-time contract, as it is in the image: who wants to know
 *            what an image asks for need not fetch it
 *   layers   the image, whole; the index of its blocks (lib/block_index.h);
 *            its signature, if it is signed, for who wants to check that alone
 *
 * OCI image specification 1.1, "Image Manifest Specification".
 */
#ifndef JAIL_ARTIFACT_H
#define JAIL_ARTIFACT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/reference.h"

#define ARTIFACT_MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define ARTIFACT_TYPE "application/vnd.jailpack.image.v1"
#define ARTIFACT_CONFIG_TYPE "application/vnd.jailpack.config.v1+json"
#define ARTIFACT_IMAGE_TYPE "application/vnd.jailpack.image.v1.squashfs"
#define ARTIFACT_INDEX_TYPE "application/vnd.jailpack.blocks.v1"
#define ARTIFACT_SIGNATURE_TYPE "application/vnd.jailpack.signature.v1.p7s"

#define ARTIFACT_IMAGE_MAX (UINT64_C(1) << 40) /* bytes */

struct artifact_blob {
	char digest[DIGEST_TEXT_SIZE];
	uint64_t size; /* 0: there is none */
};

struct artifact {
	struct artifact_blob config, image;
	struct artifact_blob index, signature; /* may be missing */
	char *name;			       /* of the jail */
	char *version;			       /* or NULL */
	char root_hash[2 * SHA256_SIZE + 1];
};

#define ARTIFACT_INIT ((struct artifact){ 0 })
#define CLEANUP_ARTIFACT CLEANUP(artifact_done)
void artifact_done(struct artifact *artifact);

/* The manifest as JSON, appended: the same artifact gives the same bytes. */
int artifact_write(const struct artifact *artifact, struct buf *json,
		   struct diag *diag) MUST_CHECK;

/*
 * Read a manifest that came from anybody. -EMEDIUMTYPE if it is one of
 * something else, -EBADMSG if nothing can be made of it.
 */
int artifact_parse(const char *json, size_t length,
		   struct artifact *ret_artifact, struct diag *diag) MUST_CHECK;

#endif
