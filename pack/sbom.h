/*
 * The parts of --sbom's answer, a CycloneDX 1.5 document, that are made in
 * files of their own: https://cyclonedx.org/docs/1.5/json/
 */
#ifndef JAILPACK_SBOM_H
#define JAILPACK_SBOM_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/hashtree.h"

#include <jansson.h>

/* What the image itself is called in it. */
#define SBOM_IMAGE "image"

/* "urn:uuid:" and a UUID, which is that of the hash tree: made of the root
 * hash, with the variant and version bits of RFC 4122. */
enum { SBOM_SERIAL_SIZE = 46 };
void sbom_serial(const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		 char ret_serial[SBOM_SERIAL_SIZE]);

/*
 * "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64"
 * https://github.com/package-url/purl-spec, with all that it wants to be
 * percent-encoded.
 */
void sbom_purl(struct buf *purl, const struct bill_package *package);

/* How a component is referred to, unlike any other. NULL when memory runs
 * out. */
json_t *sbom_file_reference(const struct bill_file *file);
json_t *sbom_package_reference(const struct bill_package *package);

/*
 * Who depends on whom: a file on those that it asked for, a package on those
 * whose files its own asked for, the image on what the recipe named. NULL when
 * memory runs out.
 */
json_t *sbom_dependencies(const struct bill *bill);

#endif
