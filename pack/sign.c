#include "pack/sign.h"

#include "lib/fdio.h"
#include "lib/printable.h"
#include "pack/interrupt.h"
#include "pack/output_path.h"
#include "pack/question.h"
#include "pack/signed.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_SIZE = 1 << 20 };

/* --- The file ------------------------------------------------------------- */

/* Without a copy where the file system can share blocks. */
static int copy(int from, int to, uint64_t length)
{
	CLEANUP_FREE char *chunk = NULL;
	off_t in = 0, out = 0;

	while ((uint64_t)in < length) {
		ssize_t done =
			copy_file_range(from, &in, to, &out,
					(size_t)(length - (uint64_t)in), 0);

		if (done <= 0)
			break;
	}
	if ((uint64_t)in < length)
		chunk = malloc(CHUNK_SIZE);
	for (uint64_t at = (uint64_t)in; at < length;) {
		size_t size = length - at < CHUNK_SIZE ? (size_t)(length - at)
						       : CHUNK_SIZE;
		int r = chunk ? pread_all(from, chunk, size, at) : -ENOMEM;

		if (r == 0)
			r = pwrite_all(to, chunk, size, at);
		if (r < 0)
			return r;
		at += size;
	}
	return 0;
}

/* A file that is replaced keeps its owner, as far as we may say so. */
static void keep_owner(int from, int to)
{
	struct stat old, new;

	if (fstat(from, &old) < 0 || fstat(to, &new) < 0 ||
	    (old.st_uid == new.st_uid &&old.st_gid == new.st_gid))
		return;
	(void)!fchown(to, old.st_uid, old.st_gid);
}

static int write_signed(const struct subject *subject, const struct buf *der,
			const char *path, bool in_place, struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	struct image_layout layout = subject->layout;
	mode_t mode = 0666;
	struct stat st;
	int r = output_begin(&output, path, diag);

	if (r < 0)
		return r;
	r = copy(subject->fd, output.fd, layout.signature_offset);
	if (r < 0)
		return diag_errno(diag, r, "cannot write %s", path);
	r = image_write_signature(output.fd, &layout, der, diag);
	if (r < 0)
		return diag_wrap(diag, r, "cannot make %s", path);
	if (in_place && fstat(subject->fd, &st) == 0) {
		mode = st.st_mode & 0777;
		keep_owner(subject->fd, output.fd);
	}
	return output_commit(&output, mode, diag);
}

/* In its place, which is where a link to it leads, or at -o. */
static int replace(const struct options *options, const struct subject *subject,
		   const struct buf *der, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_FREE char *path = NULL;
	struct interrupt interrupt;
	bool in_place = !options->output;
	int r = subject_config(subject, &config, diag);

	if (r < 0)
		return r;
	path = in_place ? realpath(subject->name, NULL)
			: output_path(options->output, config.name, ".sqfs");
	if (!path)
		return diag_errno(diag, -errno, "cannot write %s",
				  in_place ? subject->name : options->output);
	interrupt_hold(&interrupt);
	r = write_signed(subject, der, path, in_place, diag);
	interrupt_release(&interrupt);
	return r;
}

static int open_subject(const struct options *options, const char *path,
			struct subject *subject, struct diag *diag)
{
	int r = subject_open(path, true, subject, diag);

	if (r < 0 || !subject->layout.signature_length || options->force)
		return r;
	(void)diag_set(diag, -EEXIST, "%s: it is signed already", path);
	diag_hint(diag, "--force replaces its signature");
	return -EEXIST;
}

static void tell(struct buf *text, const struct options *options,
		 const struct subject *subject,
		 const struct signature_signer *signer)
{
	char digits[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(subject->layout.root_hash, digits);
	printable_puts(text, options->output ? options->output : subject->name);
	buf_puts(text, ": ");
	signed_show(text, signer);
	buf_printf(text, "root hash %s\n", digits);
}

/* --- Actions -------------------------------------------------------------- */

int sign_open(const struct options *options, struct signer **ret_signer,
	      struct diag *diag)
{
	const struct signer_options how = {
		.key = options->key,
		.certificate = options->certificate,
		.passphrase_file = options->passphrase_file,
	};

	return options->key ? signer_open(&how, ret_signer, diag) : 0;
}

int sign_image(const struct options *options, const struct signer *signer,
	       struct buf *text, struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP_BUF struct buf der = BUF_INIT;
	int r = open_subject(options, options->words[0], &subject, diag);

	if (r == 0)
		r = signer_sign(signer, subject.layout.root_hash, &der, diag);
	if (r == 0)
		r = replace(options, &subject, &der, diag);
	if (r == 0)
		tell(text, options, &subject, signer_who(signer));
	return r;
}

static int read_trusted(const struct options *options,
			struct trust_store *store, struct diag *diag)
{
	if (options->certificate)
		return trust_store_add(store, options->certificate, diag);
	return signed_trust(options->trust, store, diag);
}

int sign_attach(const struct options *options, struct buf *text,
		struct diag *diag)
{
	const char *file = options->words[0];
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;
	CLEANUP_BUF struct buf der = BUF_INIT;
	struct signature_signer who = { 0 };
	int r = open_subject(options, options->words[1], &subject, diag);

	if (r == 0)
		r = read_file(file, IMAGE_SIGNATURE_MAX, &der, diag);
	if (r == 0)
		r = read_trusted(options, &store, diag);
	if (r < 0)
		return r;
	r = signature_verify(&der, subject.layout.root_hash, &store, &who,
			     diag);
	if (r == -ENOKEY && !options->certificate)
		diag_hint(diag, "--cert CERTIFICATE names the signer's");
	if (r < 0)
		return diag_wrap(diag, r, "%s", file);
	r = replace(options, &subject, &der, diag);
	if (r == 0)
		tell(text, options, &subject, &who);
	free(who.subject);
	return r;
}

int sign_root_hash(const struct options *options, struct buf *text,
		   struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	char digits[2 * HASHTREE_DIGEST_SIZE + 1];
	int r = subject_open(options->words[0], true, &subject, diag);

	if (r < 0)
		return r;
	root_hash_format(subject.layout.root_hash, digits);
	buf_puts(text, digits);
	/* For people; a file is to be signed as it is. */
	if (isatty(STDOUT_FILENO))
		buf_putc(text, '\n');
	return 0;
}
