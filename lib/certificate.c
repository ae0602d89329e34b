#include "lib/certificate.h"

#include "lib/printable.h"

#include <errno.h>
#include <time.h>

enum {
	SECURITY_BITS_MIN = 112, /* RSA of 2048 bits, curves of 224 */
	NAME_SHOWN_MAX = 200,	 /* bytes */
	DATE_SIZE = 32,
};

int certificate_read(const struct crypto_library *library,
		     const struct trust_certificate *certificate,
		     X509 **ret_x509, struct diag *diag)
{
	BIO *text = library->BIO_new_mem_buf(certificate->pem.data,
					     (int)certificate->pem.length);
	X509 *x509;

	if (!text)
		return diag_oom(diag);
	x509 = library->PEM_read_bio_X509(text, NULL, NULL, NULL);
	(void)library->BIO_free(text);
	if (!x509) {
		library->ERR_clear_error();
		return diag_set(diag, -EBADMSG,
				"%s does not hold a certificate in PEM",
				certificate->path);
	}
	*ret_x509 = x509;
	return 0;
}

/* "2026-03-01 12:00 UTC" */
static void format_date(const struct crypto_library *library,
			const ASN1_TIME *time, char ret_text[DATE_SIZE])
{
	struct tm tm;

	if (library->ASN1_TIME_to_tm(time, &tm) != 1 ||
	    strftime(ret_text, DATE_SIZE, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		(void)snprintf(ret_text, DATE_SIZE, "a time unknown");
}

static int check_dates(const struct crypto_library *library, X509 *x509,
		       const char *path, struct diag *diag)
{
	const ASN1_TIME *from = library->X509_get0_notBefore(x509);
	const ASN1_TIME *until = library->X509_get0_notAfter(x509);
	char date[DATE_SIZE];

	/* 0: there is no time in it. */
	if (library->X509_cmp_current_time(until) <= 0) {
		format_date(library, until, date);
		return diag_set(diag, -EKEYEXPIRED,
				"the certificate %s has expired: it was valid "
				"until %s",
				path, date);
	}
	if (library->X509_cmp_current_time(from) >= 0) {
		format_date(library, from, date);
		(void)diag_set(diag, -EKEYEXPIRED,
			       "the certificate %s is not valid yet, only from "
			       "%s on",
			       path, date);
		diag_hint(diag, "is this machine's clock right?");
		return -EKEYEXPIRED;
	}
	return 0;
}

int certificate_check(const struct crypto_library *library, X509 *x509,
		      const char *path, struct diag *diag)
{
	EVP_PKEY *key = library->X509_get0_pubkey(x509);
	int type = key ? library->EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;

	library->ERR_clear_error();
	if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
		return diag_set(diag, -EKEYREJECTED,
				"the key of the certificate %s is of a kind "
				"that images cannot be signed with: RSA and "
				"ECDSA are known",
				path);
	if (library->EVP_PKEY_get_security_bits(key) < SECURITY_BITS_MIN)
		return diag_set(diag, -EKEYREJECTED,
				"the key of the certificate %s is too short to "
				"be safe",
				path);
	return check_dates(library, x509, path, diag);
}

char *certificate_name_text(const struct crypto_library *library,
			    const X509_NAME *name)
{
	const unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
	CLEANUP_BUF struct buf text = BUF_INIT;
	BIO *bio = library->BIO_new(library->BIO_s_mem());
	char *data = NULL;
	long length;

	if (!bio)
		return NULL;
	(void)library->X509_NAME_print_ex(bio, name, 0, flags);
	length = library->BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
	if (length > NAME_SHOWN_MAX)
		length = NAME_SHOWN_MAX;
	printable_append(&text, data, length > 0 ? (size_t)length : 0);
	(void)library->BIO_free(bio);
	library->ERR_clear_error();
	return buf_steal(&text);
}
