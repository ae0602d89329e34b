#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/show.h"
#include "pack/question.h"
#include "pack/signed.h"
#include "pack/squash_read.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

/* The file system is walked in the order of the bill. */
struct comparison {
	const struct bill *bill;
	size_t next;
	uint64_t files, bytes;
	struct diag *diag;
};

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

/* What of the two differs; NULL if nothing does. */
static const char *difference(const struct bill_file *listed,
			      const struct bill_file *found)
{
	if (listed->mode != found->mode)
		return "mode";
	if (listed->uid != found->uid || listed->gid != found->gid)
		return "owner";
	if (listed->size != found->size)
		return "size";
	if (listed->has_digest != found->has_digest ||
	    memcmp(listed->digest, found->digest, BILL_DIGEST_SIZE) != 0)
		return "content";
	if (listed->major != found->major || listed->minor != found->minor)
		return "device number";
	if (found->target &&
	    (!listed->target || strcmp(listed->target, found->target) != 0))
		return "target";
	return NULL;
}

static int compare(const struct bill_file *found, void *context)
{
	struct comparison *comparison = context;
	const struct bill *bill = comparison->bill;
	const struct bill_file *listed =
		comparison->next < bill->file_count
			? &bill->files[comparison->next]
			: NULL;
	int order = listed ? bill_compare_paths(listed->path, found->path) : 1;
	const char *what;

	if (order > 0)
		return refuse(comparison->diag,
			      "%s is in the file system, but the bill of "
			      "materials does not list it",
			      found->path);
	if (order < 0)
		return refuse(comparison->diag,
			      "%s is listed in the bill of materials, but is "
			      "not in the file system",
			      listed->path);
	what = difference(listed, found);
	if (what)
		return refuse(comparison->diag,
			      "the %s of %s is not what the bill of materials "
			      "says",
			      what, found->path);
	comparison->next++;
	comparison->files += S_ISREG(found->mode);
	comparison->bytes += found->size;
	return 0;
}

static int compare_all(const struct subject *subject, const struct bill *bill,
		       struct comparison *comparison, struct diag *diag)
{
	int r = squash_read(subject->fd, subject->layout.squashfs_length,
			    compare, comparison, diag);

	if (r == 0 && comparison->next < bill->file_count)
		r = refuse(diag,
			   "%s is listed in the bill of materials, but is not "
			   "in the file system",
			   bill->files[comparison->next].path);
	return r;
}

static int answer_json(const struct subject *subject,
		       const struct comparison *comparison,
		       const struct signature_signer *signer,
		       const char *root_hash, struct buf *text,
		       struct diag *diag)
{
	json_t *object =
		json_pack("{s:b,s:s,s:b,s:I,s:I,s:I}", "intact", 1, "root_hash",
			  root_hash, "signed", signer->certificate != NULL,
			  "length", (json_int_t)subject->layout.file_length,
			  "files", (json_int_t)comparison->files, "bytes",
			  (json_int_t)comparison->bytes);

	if (signer->certificate) {
		(void)json_object_set_new(object, "signer",
					  json_string(signer->subject));
		(void)json_object_set_new(
			object, "certificate",
			json_string(signer->certificate->path));
	}
	return json_answer(object, text, diag);
}

static void answer_text(const struct subject *subject,
			const struct comparison *comparison,
			const struct signature_signer *signer,
			const char *root_hash, struct buf *text)
{
	printable_puts(text, subject->name);
	buf_puts(text, ": intact: ");
	show_count(text, comparison->files, "file");
	buf_puts(text, ", ");
	show_size(text, comparison->bytes);
	buf_puts(text, " in ");
	show_size(text, subject->layout.file_length);
	buf_printf(text, "\nroot hash %s\n", root_hash);
	if (signer->certificate)
		signed_show(text, signer);
	else
		buf_puts(text, "not signed\n");
}

static int check_signature(const struct subject *subject, const char *trust,
			   struct trust_store *store,
			   struct signature_signer *ret_signer,
			   struct diag *diag)
{
	int r;

	if (!trust && !subject->layout.signature_length)
		return 0;
	r = signed_trust(trust, store, diag);
	if (r == 0)
		r = signed_verify(subject, store, ret_signer, diag);
	if (r == -ENOKEY && !trust)
		diag_hint(diag, "--trust DIRECTORY names one that holds the "
				"certificate");
	return r;
}

int verify_answer(const struct subject *subject, const char *trust, bool json,
		  struct buf *text, struct diag *diag)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;
	CLEANUP_BILL struct bill bill = BILL_INIT;
	struct comparison comparison = { .bill = &bill, .diag = diag };
	struct signature_signer signer = { 0 };
	int r = check_signature(subject, trust, &store, &signer, diag);

	if (r == 0)
		r = subject_config(subject, &config, diag);
	if (r == 0)
		r = subject_bill(subject, &bill, diag);
	if (r == 0) {
		r = compare_all(subject, &bill, &comparison, diag);
		if (r < 0)
			(void)diag_wrap(diag, r, "%s", subject->name);
	}
	root_hash_format(subject->layout.root_hash, root_hash);
	if (r == 0 && json)
		r = answer_json(subject, &comparison, &signer, root_hash, text,
				diag);
	else if (r == 0)
		answer_text(subject, &comparison, &signer, root_hash, text);
	free(signer.subject);
	return r;
}
