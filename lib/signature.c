#include "lib/signature.h"

#include "lib/certificate.h"
#include "lib/image.h"

#include <errno.h>
#include <string.h>

enum {
	DIGITS = 2 * HASHTREE_DIGEST_SIZE,
	SERIAL_SHOWN_MAX = 24, /* bytes; RFC 5280 allows 20 */
	RSA_MAX = 2048,	       /* bytes of a signature */
};

#define DESTROYED "it has been changed, or was made by another tool"

/* A signature, taken apart. */
struct parsed {
	struct crypto_library library;
	PKCS7 *pkcs7;
	const PKCS7_SIGNER_INFO *info; /* of the one signer */
};

#define CLEANUP_PARSED CLEANUP(parsed_done)

static void parsed_done(struct parsed *parsed)
{
	if (parsed->pkcs7)
		parsed->library.PKCS7_free(parsed->pkcs7);
}

/* --- Its form ------------------------------------------------------------- */

static int not_one(struct diag *diag, const char *why)
{
	return diag_set(diag, -EBADMSG, "its signature %s", why);
}

static int count(const struct crypto_library *library, const void *stack)
{
	return stack ? library->OPENSSL_sk_num(stack) : 0;
}

static bool is_one(const struct crypto_library *library,
		   const ASN1_INTEGER *version)
{
	int64_t value;

	return version &&
	       library->ASN1_INTEGER_get_int64(&value, version) == 1 &&
	       value == 1;
}

/* What kind of algorithm it is; NID_undef if it has parameters. */
static int kind_of(const struct crypto_library *library,
		   const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int parameter;

	library->X509_ALGOR_get0(&object, &parameter, NULL, algorithm);
	if (parameter != V_ASN1_UNDEF && parameter != V_ASN1_NULL)
		return NID_undef;
	return library->OBJ_obj2nid(object);
}

/* The two algorithms belong together, and both are known and safe. */
static bool are_known(int digest, int encryption)
{
	static const struct {
		int digest, rsa, ecdsa;
	} known[] = {
		{ NID_sha256, NID_sha256WithRSAEncryption,
		  NID_ecdsa_with_SHA256 },
		{ NID_sha384, NID_sha384WithRSAEncryption,
		  NID_ecdsa_with_SHA384 },
		{ NID_sha512, NID_sha512WithRSAEncryption,
		  NID_ecdsa_with_SHA512 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].digest == digest)
			return encryption == NID_rsaEncryption ||
			       encryption == known[i].rsa ||
			       encryption == known[i].ecdsa;
	return false;
}

static int check_algorithms(const struct crypto_library *library,
			    const PKCS7_SIGNED *sign,
			    const PKCS7_SIGNER_INFO *info, struct diag *diag)
{
	int digest = kind_of(library, info->digest_alg);
	int encryption = kind_of(library, info->digest_enc_alg);

	if (count(library, sign->md_algs) != 1 ||
	    kind_of(library,
		    library->OPENSSL_sk_value(
			    (const OPENSSL_STACK *)sign->md_algs, 0)) != digest)
		return not_one(diag, "names other digests than its signer");
	if (are_known(digest, encryption))
		return 0;
	return diag_set(diag, -EBADMSG,
			"its signature is made with %s and %s; what is known "
			"is SHA-256, SHA-384 or SHA-512 with RSA or ECDSA",
			library->OBJ_nid2sn(digest),
			library->OBJ_nid2sn(encryption));
}

static int check_form(struct parsed *parsed, struct diag *diag)
{
	const struct crypto_library *library = &parsed->library;
	const PKCS7_SIGNED *sign = parsed->pkcs7->d.sign;

	if (library->OBJ_obj2nid(parsed->pkcs7->type) != NID_pkcs7_signed ||
	    !sign || !is_one(library, sign->version) || !sign->contents ||
	    library->OBJ_obj2nid(sign->contents->type) != NID_pkcs7_data)
		return not_one(diag, "is PKCS#7, but no signature of data");
	if (sign->contents->d.ptr)
		return not_one(diag, "is not detached: it holds what it signs");
	if (sign->cert || sign->crl) {
		(void)not_one(diag, "holds certificates or revocation lists, "
				    "which nothing protects");
		diag_hint(diag, "sign with -nocerts");
		return -EBADMSG;
	}
	if (count(library, sign->signer_info) != 1)
		return not_one(diag, "has not just one signer");
	parsed->info = (const PKCS7_SIGNER_INFO *)library->OPENSSL_sk_value(
		(const OPENSSL_STACK *)sign->signer_info, 0);
	if (!is_one(library, parsed->info->version) ||
	    parsed->info->unauth_attr)
		return not_one(diag, "has attributes that are not signed");
	return check_algorithms(library, sign, parsed->info, diag);
}

/* One text has one form in DER; what is left over or written differently is
 * not what was signed. */
static bool is_canonical(const struct parsed *parsed, const struct buf *der)
{
	unsigned char *again = NULL;
	int length = parsed->library.i2d_PKCS7(parsed->pkcs7, &again);
	bool same = length >= 0 && (size_t)length == der->length &&
		    memcmp(again, der->data, der->length) == 0;

	parsed->library.CRYPTO_free(again, __FILE__, __LINE__);
	return same;
}

static int parse(const struct buf *der, struct parsed *ret_parsed,
		 struct diag *diag)
{
	const unsigned char *at = (const unsigned char *)der->data;
	struct parsed *parsed = ret_parsed;
	int r = 0;

	if (der->length > IMAGE_SIGNATURE_MAX)
		return not_one(diag, "is longer than any can be");
	r = crypto_library_load(false, &parsed->library, diag);
	if (r < 0)
		return r;
	parsed->pkcs7 = parsed->library.d2i_PKCS7(NULL, &at, (long)der->length);
	parsed->library.ERR_clear_error();
	if (!parsed->pkcs7 ||
	    at != (const unsigned char *)der->data + der->length) {
		(void)not_one(diag, "is not PKCS#7 in DER");
		diag_hint(diag, DESTROYED);
		return -EBADMSG;
	}
	r = check_form(parsed, diag);
	if (r == 0 && !is_canonical(parsed, der))
		r = not_one(diag,
			    "is not written as DER has to be: " DESTROYED);
	return r;
}

/* --- Who made it ---------------------------------------------------------- */

/* "issuer CN=example, serial 1f00" */
static char *describe(const struct parsed *parsed)
{
	const PKCS7_ISSUER_AND_SERIAL *who = parsed->info->issuer_and_serial;
	CLEANUP_FREE char *issuer =
		certificate_name_text(&parsed->library, who->issuer);
	CLEANUP_BUF struct buf text = BUF_INIT;
	int length = who->serial->length;

	if (!issuer)
		return NULL;
	buf_printf(&text, "issuer %s, serial ", issuer);
	for (int i = 0; i < length && i < SERIAL_SHOWN_MAX; i++)
		buf_printf(&text, "%02x", who->serial->data[i]);
	return buf_steal(&text);
}

/* Byte by byte: that two names mean the same is not asked for. */
static bool same_name(const struct crypto_library *library, const X509_NAME *a,
		      const X509_NAME *b)
{
	const unsigned char *x, *y;
	size_t x_length, y_length;

	return library->X509_NAME_get0_der(a, &x, &x_length) == 1 &&
	       library->X509_NAME_get0_der(b, &y, &y_length) == 1 &&
	       x_length == y_length && memcmp(x, y, x_length) == 0;
}

static bool is_signer(const struct parsed *parsed, X509 *x509)
{
	const struct crypto_library *library = &parsed->library;
	const PKCS7_ISSUER_AND_SERIAL *who = parsed->info->issuer_and_serial;

	return same_name(library, who->issuer,
			 library->X509_get_issuer_name(x509)) &&
	       library->ASN1_INTEGER_cmp(
		       who->serial, library->X509_get0_serialNumber(x509)) == 0;
}

static int unknown_signer(const struct parsed *parsed,
			  const struct trust_store *store, const char *broken,
			  struct diag *diag)
{
	CLEANUP_FREE char *who = describe(parsed);

	(void)diag_set(diag, -ENOKEY,
		       "it is signed with the certificate of %s, %s",
		       who ? who : "somebody",
		       store->count ? "which is not among those trusted here"
				    : "and no certificate is trusted here");
	if (broken)
		diag_hint(diag, "%s does not hold a certificate in PEM",
			  broken);
	return -ENOKEY;
}

/* --- Whether it is good --------------------------------------------------- */

/* A padding that is intact around another digest: a good signature, but of
 * something else. Of ECDSA nobody can tell. */
static bool signs_something_else(const struct parsed *parsed, X509 *x509)
{
	const struct crypto_library *library = &parsed->library;
	const ASN1_OCTET_STRING *value = parsed->info->enc_digest;
	EVP_PKEY *key = library->X509_get0_pubkey(x509);
	unsigned char recovered[RSA_MAX];
	size_t length = sizeof(recovered);
	EVP_PKEY_CTX *context;
	bool intact;

	if (library->EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    (size_t)value->length > sizeof(recovered))
		return false;
	context = library->EVP_PKEY_CTX_new(key, NULL);
	intact = context &&
		 library->EVP_PKEY_verify_recover_init(context) == 1 &&
		 library->EVP_PKEY_CTX_set_rsa_padding(
			 context, RSA_PKCS1_PADDING) == 1 &&
		 library->EVP_PKEY_verify_recover(context, recovered, &length,
						  value->data,
						  (size_t)value->length) == 1;
	library->EVP_PKEY_CTX_free(context);
	return intact;
}

static int rejected(const struct parsed *parsed, X509 *x509, struct diag *diag)
{
	const char *why = "has been changed, or is of another image";

	if (signs_something_else(parsed, x509))
		why = parsed->info->auth_attr
			      ? "has been changed in its attributes, or is of "
				"another image"
			      : "is of another root hash: it belongs to "
				"another "
				"image";
	else if (parsed->library.EVP_PKEY_get_base_id(
			 parsed->library.X509_get0_pubkey(x509)) ==
		 EVP_PKEY_RSA)
		why = "has been changed: its signer has not made it";
	parsed->library.ERR_clear_error();
	return diag_set(diag, -EKEYREJECTED, "its signature %s", why);
}

static bool is_good(const struct parsed *parsed, X509 *x509,
		    const uint8_t root_hash[HASHTREE_DIGEST_SIZE])
{
	const struct crypto_library *library = &parsed->library;
	OPENSSL_STACK *only = library->OPENSSL_sk_new_null();
	char digits[DIGITS + 1];
	BIO *text;
	bool good;

	root_hash_format(root_hash, digits);
	text = library->BIO_new_mem_buf(digits, DIGITS);
	good = only && text && library->OPENSSL_sk_push(only, x509) > 0 &&
	       library->PKCS7_verify(
		       parsed->pkcs7, (STACK_OF(X509) *)only, NULL, text, NULL,
		       PKCS7_NOINTERN | PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
	(void)library->BIO_free(text);
	library->OPENSSL_sk_free(only);
	return good;
}

static int judge(const struct parsed *parsed, X509 *x509, const char *path,
		 const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		 struct diag *diag)
{
	int r = certificate_check(&parsed->library, x509, path, diag);

	if (r == 0 && !is_good(parsed, x509, root_hash))
		r = rejected(parsed, x509, diag);
	return r;
}

/* Two certificates may have the same issuer and number, if somebody numbers
 * his own by hand: the first with which it is good decides, or the last. */
static int judge_all(const struct parsed *parsed,
		     const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		     const struct trust_store *store,
		     struct signature_signer *signer, struct diag *diag)
{
	const struct crypto_library *library = &parsed->library;
	const char *broken = NULL;
	int r = -ENOKEY;

	for (size_t i = 0; i < store->count && r != 0; i++) {
		const struct trust_certificate *certificate =
			&store->certificates[i];
		X509 *x509;

		/* systemd passes over it as well. */
		if (certificate_read(library, certificate, &x509, NULL) < 0) {
			broken = certificate->path;
			continue;
		}
		if (is_signer(parsed, x509))
			r = judge(parsed, x509, certificate->path, root_hash,
				  diag);
		if (r == 0) {
			signer->certificate = certificate;
			signer->subject = certificate_name_text(
				library, library->X509_get_subject_name(x509));
			if (!signer->subject)
				r = -ENOMEM;
		}
		library->X509_free(x509);
		if (r == -ENOMEM)
			return diag_oom(diag);
	}
	if (r == -ENOKEY)
		return unknown_signer(parsed, store, broken, diag);
	/* What one before it was found wanting for is of no interest. */
	if (r == 0)
		diag_done(diag);
	return r;
}

int signature_verify(const struct buf *der,
		     const uint8_t root_hash[HASHTREE_DIGEST_SIZE],
		     const struct trust_store *store,
		     struct signature_signer *ret_signer, struct diag *diag)
{
	CLEANUP_PARSED struct parsed parsed = { 0 };
	struct signature_signer signer;
	int r = parse(der, &parsed, diag);

	if (r == 0)
		r = judge_all(&parsed, root_hash, store, &signer, diag);
	if (r == 0)
		*ret_signer = signer;
	return r;
}
