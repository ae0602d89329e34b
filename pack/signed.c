#include "pack/signed.h"

#include "lib/printable.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int signed_trust(const char *directory, struct trust_store *ret_store,
		 struct diag *diag)
{
	const char *const one[] = { directory, NULL };
	struct stat st;

	if (!directory)
		return trust_store_read(trust_directories(), ret_store, diag);
	/* Of those that are asked for by name none may be missing. */
	if (stat(directory, &st) < 0)
		return diag_errno(diag, -errno, "cannot open %s", directory);
	if (!S_ISDIR(st.st_mode))
		return diag_set(diag, -ENOTDIR,
				"%s is not a directory: --trust wants one that "
				"holds certificates, NAME.crt",
				directory);
	return trust_store_read(one, ret_store, diag);
}

int signed_verify(const struct subject *subject,
		  const struct trust_store *store,
		  struct signature_signer *ret_signer, struct diag *diag)
{
	CLEANUP_BUF struct buf der = BUF_INIT;
	int r;

	if (!subject->layout.signature_length) {
		(void)diag_set(diag, -ENODATA, "%s: it is not signed",
			       subject->name);
		diag_hint(diag, "jailpack --sign --key KEY --cert CERTIFICATE "
				"signs it");
		return -ENODATA;
	}
	r = image_read_signature(subject->fd, &subject->layout, &der, diag);
	if (r == 0)
		r = signature_verify(&der, subject->layout.root_hash, store,
				     ret_signer, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", subject->name) : 0;
}

void signed_show(struct buf *text, const struct signature_signer *signer)
{
	buf_printf(text, "signed by %s (", signer->subject);
	printable_puts(text, signer->certificate->path);
	buf_puts(text, ")\n");
}
