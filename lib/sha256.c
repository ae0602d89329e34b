#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/sha256.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) == sizeof(struct sha256), "size of state");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct sha256), "alignment");
_Static_assert((int)SHA256_SIZE == SHA256_DIGEST_LENGTH, "size of digest");

static SHA256_CTX *context_of(struct sha256 *hash)
{
	return (SHA256_CTX *)(void *)hash->state;
}

void sha256_init(struct sha256 *hash)
{
	SHA256_Init(context_of(hash));
}

void sha256_update(struct sha256 *hash, const void *data, size_t length)
{
	SHA256_Update(context_of(hash), data, length);
}

void sha256_final(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE])
{
	SHA256_Final(ret_digest, context_of(hash));
}

void sha256_digest(const void *data, size_t length,
		   uint8_t ret_digest[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, data, length);
	sha256_final(&hash, ret_digest);
}

void sha256_format(const uint8_t digest[SHA256_SIZE],
		   char ret_text[2 * SHA256_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		ret_text[2 * i] = digits[digest[i] >> 4];
		ret_text[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_text[2 * SHA256_SIZE] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -EINVAL;
}

int sha256_parse(const char *text, uint8_t ret_digest[SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	if (strlen(text) != 2 * sizeof(digest))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(digest); i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_digest, digest, sizeof(digest));
	return 0;
}
