/* How CycloneDX and its kin name things. */
#include "pack/sbom.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

void sbom_serial(const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		 char ret_serial[SBOM_SERIAL_SIZE])
{
	uint8_t uuid[16];
	char *at = ret_serial;

	memcpy(uuid, root_hash, sizeof(uuid));
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* version 4 */
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80); /* variant */
	at += snprintf(at, SBOM_SERIAL_SIZE, "urn:uuid:");
	for (size_t i = 0; i < sizeof(uuid); i++) {
		const char *dash =
			i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";

		at += snprintf(at, 4, "%s%02" PRIx8, dash, uuid[i]);
	}
}

/* A colon stands for itself in a purl, be it in a version's epoch. */
static void append_encoded(struct buf *purl, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr(".-_~:", c)))
			buf_putc(purl, *text);
		else
			buf_printf(purl, "%%%02X", c);
	}
}

void sbom_purl(struct buf *purl, const struct bill_package *package)
{
	buf_puts(purl, "pkg:deb/debian/");
	append_encoded(purl, package->name);
	if (*package->version) {
		buf_putc(purl, '@');
		append_encoded(purl, package->version);
	}
	if (*package->architecture) {
		buf_puts(purl, "?arch=");
		append_encoded(purl, package->architecture);
	}
	/* Qualifiers are sorted. */
	if (package->suite) {
		buf_puts(purl,
			 *package->architecture ? "&distro=" : "?distro=");
		append_encoded(purl, package->suite);
	}
}
