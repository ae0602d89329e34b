#include "pack/signer.h"

#include "lib/certificate.h"
#include "lib/fdio.h"
#include "lib/image.h"
#include "pack/passphrase.h"
#include "pack/signer_token.h"

#include <errno.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64 << 10 };

struct signer {
	struct crypto_library library;
	struct trust_store trusted; /* its certificate, and no other */
	struct signature_signer who;
	X509 *x509;
	EVP_PKEY *key;
	struct signer_token token; /* that the key lies in, if in any */
};

/* --- The key -------------------------------------------------------------- */

/* The passphrase is asked for when the key turns out to be encrypted. */
struct secret {
	const struct signer_options *options;
	struct buf text;
	struct diag *diag;
	bool asked;
	int error;
};

/* pem_password_cb(3) */
static int give_passphrase(char *to, int size, int writing UNUSED,
			   void *context)
{
	struct secret *secret = context;

	secret->asked = true;
	secret->error = passphrase_get(secret->options->passphrase_file,
				       secret->options->key, &secret->text,
				       secret->diag);
	if (secret->error < 0 || secret->text.length > (size_t)size)
		return -1;
	memcpy(to, secret->text.data, secret->text.length);
	return (int)secret->text.length;
}

static int no_key(const struct secret *secret,
		  const struct crypto_library *library)
{
	struct crypto_reason reason = crypto_reason(library);

	if (secret->error < 0)
		return secret->error;
	if (secret->asked)
		return diag_set(secret->diag, -EACCES,
				"the passphrase does not open the key %s%s",
				secret->options->key, reason.text);
	return diag_set(secret->diag, -EBADMSG,
			"%s does not hold a private key in PEM%s",
			secret->options->key, reason.text);
}

static int read_key(const struct crypto_library *library,
		    const struct signer_options *options, EVP_PKEY **ret_key,
		    struct diag *diag)
{
	CLEANUP(passphrase_done) struct buf text = BUF_INIT;
	struct secret secret = { .options = options, .diag = diag };
	BIO *bio;
	int r = read_file(options->key, KEY_BYTES_MAX, &text, diag);

	if (r < 0)
		return r;
	bio = library->BIO_new_mem_buf(text.data, (int)text.length);
	if (!bio)
		return diag_oom(diag);
	*ret_key = library->PEM_read_bio_PrivateKey(bio, NULL, give_passphrase,
						    &secret);
	(void)library->BIO_free(bio);
	if (!*ret_key)
		r = no_key(&secret, library);
	passphrase_done(&secret.text);
	return r;
}

/* --- Opening -------------------------------------------------------------- */

static int open_certificate(struct signer *signer, const char *path,
			    struct diag *diag)
{
	int r = trust_store_add(&signer->trusted, path, diag);

	if (r == 0)
		r = certificate_read(&signer->library,
				     &signer->trusted.certificates[0],
				     &signer->x509, diag);
	if (r == 0)
		r = certificate_check(&signer->library, signer->x509, path,
				      diag);
	if (r < 0)
		return r;
	signer->who.certificate = &signer->trusted.certificates[0];
	signer->who.subject = certificate_name_text(
		&signer->library,
		signer->library.X509_get_subject_name(signer->x509));
	return signer->who.subject ? 0 : diag_oom(diag);
}

static int open_key(struct signer *signer, const struct signer_options *options,
		    struct diag *diag)
{
	if (signer_token_is(options->key))
		return signer_token_open(&signer->library, options->key,
					 options->passphrase_file,
					 &signer->token, &signer->key, diag);
	return read_key(&signer->library, options, &signer->key, diag);
}

static int check_pair(const struct signer *signer,
		      const struct signer_options *options, struct diag *diag)
{
	if (signer->library.X509_check_private_key(signer->x509, signer->key) ==
	    1)
		return 0;
	signer->library.ERR_clear_error();
	return diag_set(diag, -EKEYREJECTED,
			"the key %.*s does not belong to the certificate %s",
			signer_token_shown(options->key), options->key,
			options->certificate);
}

int signer_open(const struct signer_options *options,
		struct signer **ret_signer, struct diag *diag)
{
	struct signer *signer = calloc(1, sizeof(*signer));
	int r;

	if (!signer)
		return diag_oom(diag);
	r = crypto_library_load(signer_token_is(options->key), &signer->library,
				diag);
	if (r < 0) {
		free(signer);
		return r;
	}
	r = open_certificate(signer, options->certificate, diag);
	if (r == 0)
		r = open_key(signer, options, diag);
	if (r == 0)
		r = check_pair(signer, options, diag);
	if (r < 0) {
		signer_close(signer);
		return r;
	}
	*ret_signer = signer;
	return 0;
}

void signer_close(struct signer *signer)
{
	if (!signer)
		return;
	signer->library.EVP_PKEY_free(signer->key);
	signer->library.X509_free(signer->x509);
	signer_token_close(&signer->library, &signer->token);
	trust_store_done(&signer->trusted);
	free(signer->who.subject);
	free(signer);
}

const struct signature_signer *signer_who(const struct signer *signer)
{
	return &signer->who;
}

/* --- Signing -------------------------------------------------------------- */

/* PKCS7_sign(3), with the digest named instead of left to a default. */
static PKCS7 *make(const struct signer *signer, const char *digits)
{
	const struct crypto_library *library = &signer->library;
	const int flags =
		PKCS7_BINARY | PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_NOCERTS;
	BIO *text = library->BIO_new_mem_buf(digits, (int)strlen(digits));
	PKCS7 *pkcs7 = text ? library->PKCS7_sign(NULL, NULL, NULL, text,
						  flags | PKCS7_PARTIAL)
			    : NULL;

	if (pkcs7 &&
	    (!library->PKCS7_sign_add_signer(pkcs7, signer->x509, signer->key,
					     library->EVP_sha256(), flags) ||
	     library->PKCS7_final(pkcs7, text, flags) != 1)) {
		library->PKCS7_free(pkcs7);
		pkcs7 = NULL;
	}
	(void)library->BIO_free(text);
	return pkcs7;
}

/* A token may have its own idea of signing: what nobody can verify must not
 * become part of an image. */
static int check(const struct signer *signer, const struct buf *der,
		 const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		 struct diag *diag)
{
	struct signature_signer found;
	int r = signature_verify(der, root_hash, &signer->trusted, &found,
				 diag);

	if (r < 0)
		return diag_wrap(diag, r, "the signature just made is no good");
	free(found.subject);
	return 0;
}

int signer_sign(const struct signer *signer,
		const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		struct buf *ret_der, struct diag *diag)
{
	const struct crypto_library *library = &signer->library;
	char digits[2 * HASHTREE_DIGEST_SIZE + 1];
	CLEANUP_BUF struct buf der = BUF_INIT;
	unsigned char *bytes = NULL;
	PKCS7 *pkcs7;
	int length;
	int r;

	root_hash_format(root_hash, digits);
	pkcs7 = make(signer, digits);
	length = pkcs7 ? library->i2d_PKCS7(pkcs7, &bytes) : -1;
	library->PKCS7_free(pkcs7);
	if (length < 0)
		return diag_set(diag, -EIO, "cannot sign%s",
				crypto_reason(library).text);
	buf_append(&der, bytes, (size_t)length);
	library->CRYPTO_free(bytes, __FILE__, __LINE__);
	if (buf_check(&der) < 0)
		return diag_oom(diag);
	r = check(signer, &der, root_hash, diag);
	if (r < 0)
		return r;
	*ret_der = der;
	der = BUF_INIT;
	return 0;
}
