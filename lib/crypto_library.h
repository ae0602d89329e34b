/*
 * libcrypto, loaded by the first who signs or checks a signature. Its digest
 * is linked (sha256.h); the rest of it would cost every start a millisecond
 * and more than a megabyte, also where nothing is signed.
 *
 * For lib/signature.c, lib/certificate.c, lib/credential_helper.c and
 * pack/signer*.c alone.
 */
#ifndef JAIL_CRYPTO_LIBRARY_H
#define JAIL_CRYPTO_LIBRARY_H

/* Engines, by which keys of a token are reached in Debian 12. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

#include <openssl/bio.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define CRYPTO_LIBRARY_FUNCTIONS(X)                                            \
	X(ASN1_INTEGER_cmp)                                                    \
	X(ASN1_INTEGER_get_int64)                                              \
	X(ASN1_TIME_to_tm)                                                     \
	X(BIO_ctrl)                                                            \
	X(BIO_free)                                                            \
	X(BIO_new)                                                             \
	X(BIO_new_mem_buf)                                                     \
	X(BIO_s_mem)                                                           \
	X(CRYPTO_free)                                                         \
	X(ENGINE_by_id)                                                        \
	X(ENGINE_ctrl_cmd_string)                                              \
	X(ENGINE_finish)                                                       \
	X(ENGINE_free)                                                         \
	X(ENGINE_init)                                                         \
	X(ENGINE_load_private_key)                                             \
	X(ERR_clear_error)                                                     \
	X(ERR_peek_error)                                                      \
	X(ERR_reason_error_string)                                             \
	X(EVP_EncodeBlock)                                                     \
	X(EVP_PKEY_CTX_free)                                                   \
	X(EVP_PKEY_CTX_new)                                                    \
	X(EVP_PKEY_CTX_set_rsa_padding)                                        \
	X(EVP_PKEY_free)                                                       \
	X(EVP_PKEY_get_base_id)                                                \
	X(EVP_PKEY_get_security_bits)                                          \
	X(EVP_PKEY_verify_recover)                                             \
	X(EVP_PKEY_verify_recover_init)                                        \
	X(EVP_sha256)                                                          \
	X(OBJ_nid2sn)                                                          \
	X(OBJ_obj2nid)                                                         \
	X(OPENSSL_init_crypto)                                                 \
	X(OPENSSL_sk_free)                                                     \
	X(OPENSSL_sk_new_null)                                                 \
	X(OPENSSL_sk_num)                                                      \
	X(OPENSSL_sk_push)                                                     \
	X(OPENSSL_sk_value)                                                    \
	X(PEM_read_bio_PrivateKey)                                             \
	X(PEM_read_bio_X509)                                                   \
	X(PKCS7_free)                                                          \
	X(PKCS7_sign)                                                          \
	X(PKCS7_sign_add_signer)                                               \
	X(PKCS7_final)                                                         \
	X(PKCS7_verify)                                                        \
	X(UI_OpenSSL)                                                          \
	X(X509_ALGOR_get0)                                                     \
	X(X509_NAME_get0_der)                                                  \
	X(X509_NAME_print_ex)                                                  \
	X(X509_check_private_key)                                              \
	X(X509_cmp_current_time)                                               \
	X(X509_free)                                                           \
	X(X509_get0_notAfter)                                                  \
	X(X509_get0_notBefore)                                                 \
	X(X509_get0_pubkey)                                                    \
	X(X509_get0_serialNumber)                                              \
	X(X509_get_issuer_name)                                                \
	X(X509_get_subject_name)                                               \
	X(d2i_PKCS7)                                                           \
	X(i2d_PKCS7)

/* Each function under its own name, of the type that the headers give. */
struct crypto_library {
#define MEMBER(name) __typeof__(name) *(name);
	CRYPTO_LIBRARY_FUNCTIONS(MEMBER)
#undef MEMBER
};

/*
 * The library stays loaded from the first call on. Its configuration file is
 * read only with `configured`: engines are set up there, and nothing else of
 * it is wanted. -ENOENT if it is not installed.
 */
int crypto_library_load(bool configured, struct crypto_library *ret_library,
			struct diag *diag) MUST_CHECK;

/* ": " and what the library has to say of its last failure, or "". */
struct crypto_reason {
	char text[128];
};
struct crypto_reason crypto_reason(const struct crypto_library *library);

#endif
