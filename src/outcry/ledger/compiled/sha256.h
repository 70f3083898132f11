/* SHA-256 of a prefix byte and a message, by the SHA instructions of x86-64 (FIPS 180-4, 6.2).
 *
 * Only processors that have them are served: `sha256_is_fast` says so, and whoever asks first falls
 * back to hashlib otherwise. A hash of hashlib costs most of a microsecond before it has hashed
 * anything; the ledger makes a dozen a trade. */

#ifndef OUTCRY_SHA256_H
#define OUTCRY_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#include <cpuid.h>
#include <immintrin.h>

static const uint32_t SHA256_K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static int sha256_is_fast(void) {
    unsigned int a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 9)) || !(c & (1u << 19)))
        return 0; /* SSSE3 and SSE4.1 */
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

/* The state is kept as the instructions want it: words A B E F and C D G H. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
sha256_blocks(__m128i *abef, __m128i *cdgh, const uint8_t *data, size_t blocks) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    for (; blocks; blocks--, data += 64) {
        __m128i first = *abef, second = *cdgh, words[4], sum;
        for (int four = 0; four < 16; four++) {
            __m128i *now = &words[four & 3];
            if (four < 4) {
                *now = _mm_shuffle_epi8(
                    _mm_loadu_si128((const __m128i *)(data + 16 * four)), big_endian);
            } else {
                __m128i last = words[(four + 3) & 3];
                sum = _mm_sha256msg1_epu32(*now, words[(four + 1) & 3]);
                sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, words[(four + 2) & 3], 4));
                *now = _mm_sha256msg2_epu32(sum, last);
            }
            sum = _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)(SHA256_K + 4 * four)));
            second = _mm_sha256rnds2_epu32(second, first, sum);
            first = _mm_sha256rnds2_epu32(first, second, _mm_shuffle_epi32(sum, 0x0e));
        }
        *abef = _mm_add_epi32(*abef, first);
        *cdgh = _mm_add_epi32(*cdgh, second);
    }
}

/* Write SHA-256(prefix || data) to `out`, 32 bytes. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
sha256_prefixed(uint8_t prefix, const uint8_t *data, size_t size, uint8_t *out) {
    __m128i abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    __m128i cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
    uint64_t bits = ((uint64_t)size + 1) * 8;
    uint8_t block[128];
    size_t used = 1;
    block[0] = prefix;
    if (size >= 63) { /* The first block, then all that lie whole in the data. */
        memcpy(block + 1, data, 63);
        sha256_blocks(&abef, &cdgh, block, 1);
        data += 63;
        size -= 63;
        sha256_blocks(&abef, &cdgh, data, size / 64);
        data += size / 64 * 64;
        size %= 64;
        used = 0;
    }
    memcpy(block + used, data, size);
    used += size;
    block[used++] = 0x80;
    size_t end = used <= 56 ? 64 : 128;
    memset(block + used, 0, end - used);
    for (int byte = 0; byte < 8; byte++)
        block[end - 1 - byte] = (uint8_t)(bits >> (8 * byte));
    sha256_blocks(&abef, &cdgh, block, end / 64);
    /* Back to A B C D and E F G H, each word big-endian. */
    uint32_t words[8];
    words[0] = (uint32_t)_mm_extract_epi32(abef, 3);
    words[1] = (uint32_t)_mm_extract_epi32(abef, 2);
    words[2] = (uint32_t)_mm_extract_epi32(cdgh, 3);
    words[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
    words[4] = (uint32_t)_mm_extract_epi32(abef, 1);
    words[5] = (uint32_t)_mm_extract_epi32(abef, 0);
    words[6] = (uint32_t)_mm_extract_epi32(cdgh, 1);
    words[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
    for (int word = 0; word < 8; word++) {
        uint32_t swapped = __builtin_bswap32(words[word]);
        memcpy(out + 4 * word, &swapped, 4);
    }
}

#else

static int sha256_is_fast(void) { return 0; }

static void sha256_prefixed(uint8_t prefix, const uint8_t *data, size_t size, uint8_t *out) {
    (void)prefix, (void)data, (void)size, (void)out; /* Never called: it is not fast. */
}

#endif
#endif
