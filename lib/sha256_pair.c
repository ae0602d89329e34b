#include "lib/sha256_pair.h"

#include <string.h>

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

enum {
	LANES = 2, /* messages at once */
	BLOCK_SIZE = 64,
	GROUPS = 16, /* of four rounds */
};

bool sha256_pair_is_there(void)
{
	unsigned int a, b, c, d;

	/* The shuffles are of SSSE3 and SSE4.1. */
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) &&
	       __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) &&
	       (c & bit_SSE4_1);
}

/* FIPS 180-4, 4.2.2 */
static const uint32_t constants[4 * GROUPS] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The working variables, as SHA256RNDS2 takes them: A, B, E, F and C, D, G, H,
 * the first in the highest word. */
struct lane {
	__m128i abef, cdgh;
	__m128i words[4]; /* of the schedule, the last sixteen */
};

#define WITH_SHA __attribute__((target("sha,ssse3,sse4.1")))
#define INLINE static inline __attribute__((always_inline))

/* The four words of the schedule that the group begins with. */
WITH_SHA INLINE __m128i schedule(struct lane *lane, const uint8_t *block,
				 unsigned int group)
{
	const __m128i big_endian =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i *words = lane->words;
	__m128i *four = &words[group % 4]; /* what it was four groups ago */
	const __m128i last = words[(group + 3) % 4];

	if (group < 4) {
		const void *at = block + (size_t)16 * group;

		*four = _mm_shuffle_epi8(_mm_loadu_si128(at), big_endian);
		return *four;
	}
	*four = _mm_sha256msg1_epu32(*four, words[(group + 1) % 4]);
	*four = _mm_add_epi32(*four,
			      _mm_alignr_epi8(last, words[(group + 2) % 4], 4));
	*four = _mm_sha256msg2_epu32(*four, last);
	return *four;
}

/* Of each lane one block. */
WITH_SHA INLINE void compress(struct lane lanes[LANES],
			      const uint8_t *const blocks[LANES])
{
	const __m128i before[LANES][2] = {
		{ lanes[0].abef, lanes[0].cdgh },
		{ lanes[1].abef, lanes[1].cdgh },
	};

#pragma GCC unroll 16
	for (unsigned int group = 0; group < GROUPS; group++) {
		const __m128i *k = (const void *)(constants + 4 * group);

#pragma GCC unroll 2
		for (unsigned int i = 0; i < LANES; i++) {
			struct lane *lane = &lanes[i];
			__m128i sum = _mm_add_epi32(
				schedule(lane, blocks[i], group), *k);

			lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh,
							   lane->abef, sum);
			sum = _mm_shuffle_epi32(sum, 0x0e);
			lane->abef = _mm_sha256rnds2_epu32(lane->abef,
							   lane->cdgh, sum);
		}
	}
	for (unsigned int i = 0; i < LANES; i++) {
		lanes[i].abef = _mm_add_epi32(lanes[i].abef, before[i][0]);
		lanes[i].cdgh = _mm_add_epi32(lanes[i].cdgh, before[i][1]);
	}
}

/* What follows a message that fills its blocks: a bit, zeros, its length. */
static void make_padding(size_t length, uint8_t padding[BLOCK_SIZE])
{
	uint64_t bits = (uint64_t)length * 8;

	memset(padding, 0, BLOCK_SIZE);
	padding[0] = 0x80;
	for (unsigned int i = 0; i < 8; i++)
		padding[BLOCK_SIZE - 1 - i] = (uint8_t)(bits >> 8 * i);
}

WITH_SHA static void put_digest(const struct lane *lane,
				uint8_t ret_digest[SHA256_SIZE])
{
	uint32_t high[4], low[4];
	uint32_t words[8];

	memcpy(high, &lane->abef, sizeof(high));
	memcpy(low, &lane->cdgh, sizeof(low));
	for (unsigned int i = 0; i < 2; i++) {
		words[i] = high[3 - i];	    /* A, B */
		words[2 + i] = low[3 - i];  /* C, D */
		words[4 + i] = high[1 - i]; /* E, F */
		words[6 + i] = low[1 - i];  /* G, H */
	}
	for (unsigned int i = 0; i < 8; i++) {
		ret_digest[4 * i] = (uint8_t)(words[i] >> 24);
		ret_digest[4 * i + 1] = (uint8_t)(words[i] >> 16);
		ret_digest[4 * i + 2] = (uint8_t)(words[i] >> 8);
		ret_digest[4 * i + 3] = (uint8_t)words[i];
	}
}

WITH_SHA void sha256_pair(const uint8_t *first, const uint8_t *second,
			  size_t length, uint8_t ret_first[SHA256_SIZE],
			  uint8_t ret_second[SHA256_SIZE])
{
	/* FIPS 180-4, 5.3.3 */
	const struct lane initial = {
		.abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f,
				      (int)0x9b05688c),
		.cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab,
				      0x5be0cd19),
	};
	struct lane lanes[LANES] = { initial, initial };
	uint8_t padding[BLOCK_SIZE];

	for (size_t at = 0; at < length; at += BLOCK_SIZE) {
		const uint8_t *const blocks[LANES] = { first + at,
						       second + at };

		compress(lanes, blocks);
	}
	make_padding(length, padding);
	compress(lanes, (const uint8_t *const[LANES]){ padding, padding });
	put_digest(&lanes[0], ret_first);
	put_digest(&lanes[1], ret_second);
}

#else

bool sha256_pair_is_there(void)
{
	return false;
}

void sha256_pair(const uint8_t *first, const uint8_t *second, size_t length,
		 uint8_t ret_first[SHA256_SIZE],
		 uint8_t ret_second[SHA256_SIZE])
{
	sha256_digest(first, length, ret_first);
	sha256_digest(second, length, ret_second);
}

#endif
