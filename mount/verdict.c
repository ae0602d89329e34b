#include "mount/verdict.h"

#include "lib/signature.h"
#include "lib/trust.h"
#include "mount/json_values.h"

#include <errno.h>
#include <string.h>

void verdict_done(struct verdict *verdict)
{
	free(verdict->signer);
	free(verdict->certificate);
	*verdict = VERDICT_INIT;
}

static int judge_unsigned(const struct trust_store *store, bool allow_unsigned,
			  struct verdict *verdict, struct diag *diag)
{
	verdict->overruled = store->count > 0;
	if (store->count == 0 || allow_unsigned)
		return 0;
	(void)diag_set(diag, -ENODATA,
		       "it is not signed, and where a certificate is installed "
		       "(%s) every image has to be",
		       store->certificates[0].path);
	diag_hint(diag, "--unsigned runs it all the same");
	return -ENODATA;
}

static int judge_signed(int fd, const struct image_layout *layout,
			const struct trust_store *store,
			struct verdict *verdict, struct diag *diag)
{
	CLEANUP_BUF struct buf der = BUF_INIT;
	struct signature_signer signer = { 0 };
	int r = image_read_signature(fd, layout, &der, diag);

	if (r == 0)
		r = signature_verify(&der, layout->root_hash, store, &signer,
				     diag);
	if (r == -ENOKEY)
		diag_hint(diag,
			  "if it is to be trusted, put the signer's "
			  "certificate into %s",
			  trust_directories()[0]);
	if (r < 0)
		return r;
	verdict->signer = signer.subject;
	verdict->certificate = strdup(signer.certificate->path);
	memcpy(verdict->digest, signer.certificate->digest,
	       sizeof(verdict->digest));
	return verdict->certificate ? 0 : diag_oom(diag);
}

int verdict_give(int fd, const struct image_layout *layout, bool allow_unsigned,
		 struct verdict *ret_verdict, struct diag *diag)
{
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;
	CLEANUP_VERDICT struct verdict verdict = VERDICT_INIT;
	int r = trust_store_read(trust_directories(), &store, diag);

	if (r == 0)
		r = layout->signature_length
			    ? judge_signed(fd, layout, &store, &verdict, diag)
			    : judge_unsigned(&store, allow_unsigned, &verdict,
					     diag);
	if (r < 0)
		return r;
	*ret_verdict = verdict;
	verdict = VERDICT_INIT;
	return 0;
}

char *verdict_text(const struct verdict *verdict)
{
	char *text;

	if (!verdict->signer)
		return strdup(verdict->overruled
				      ? "NOT SIGNED, which --unsigned allows"
				      : "not signed; no certificate is "
					"installed");
	if (asprintf(&text, "signed by %s (%s)", verdict->signer,
		     verdict->certificate) < 0)
		return NULL;
	return text;
}

/* Now, and not when the jail was started. */
static bool is_installed(const struct verdict *verdict)
{
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;

	return trust_store_read(trust_directories(), &store, NULL) == 0 &&
	       trust_store_holds(&store, verdict->digest);
}

json_t *verdict_json(const struct verdict *verdict)
{
	if (!verdict->signer)
		return json_pack("{s:b,s:b}", "signed", 0, "overruled",
				 verdict->overruled);
	return json_pack("{s:b,s:o,s:o,s:b}", "signed", 1, "signer",
			 json_string(verdict->signer), "certificate",
			 json_printable(verdict->certificate), "installed",
			 is_installed(verdict));
}
