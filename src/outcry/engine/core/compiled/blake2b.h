/* BLAKE2b with a digest of 16 bytes and no key: RFC 7693. Keys and payloads of commands are hashed
 * inside the loop, where hashlib cannot be called; a test compares the two. */
#ifndef OUTCRY_BLAKE2B_H
#define OUTCRY_BLAKE2B_H

#include <stdint.h>
#include <string.h>

static const uint64_t BLAKE2B_START[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

static inline uint64_t blake2b_rotate(uint64_t word, int bits) {
    return (word >> bits) | (word << (64 - bits));
}

#define BLAKE2B_MIX(a, b, c, d, x, y)         \
    do {                                      \
        a = a + b + (x);                      \
        d = blake2b_rotate(d ^ a, 32);        \
        c = c + d;                            \
        b = blake2b_rotate(b ^ c, 24);        \
        a = a + b + (y);                      \
        d = blake2b_rotate(d ^ a, 16);        \
        c = c + d;                            \
        b = blake2b_rotate(b ^ c, 63);        \
    } while (0)

/* The schedule is written out so that every index is known to the compiler. */
#define BLAKE2B_ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf) \
    do {                                                                              \
        BLAKE2B_MIX(v[0], v[4], v[8], v[12], m[s0], m[s1]);                           \
        BLAKE2B_MIX(v[1], v[5], v[9], v[13], m[s2], m[s3]);                           \
        BLAKE2B_MIX(v[2], v[6], v[10], v[14], m[s4], m[s5]);                          \
        BLAKE2B_MIX(v[3], v[7], v[11], v[15], m[s6], m[s7]);                          \
        BLAKE2B_MIX(v[0], v[5], v[10], v[15], m[s8], m[s9]);                          \
        BLAKE2B_MIX(v[1], v[6], v[11], v[12], m[sa], m[sb]);                          \
        BLAKE2B_MIX(v[2], v[7], v[8], v[13], m[sc], m[sd]);                           \
        BLAKE2B_MIX(v[3], v[4], v[9], v[14], m[se], m[sf]);                           \
    } while (0)

static inline void blake2b_block(uint64_t h[8], const uint8_t *block, uint64_t count, int last) {
    uint64_t v[16], m[16];
    memcpy(m, block, 128);
    for (int i = 0; i < 8; i++) {
        v[i] = h[i];
        v[i + 8] = BLAKE2B_START[i];
    }
    v[12] ^= count;
    if (last) v[14] = ~v[14];
    BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    BLAKE2B_ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    BLAKE2B_ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    BLAKE2B_ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    BLAKE2B_ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    BLAKE2B_ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    BLAKE2B_ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    BLAKE2B_ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    BLAKE2B_ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
}

/* Hash `length` bytes; the words are little-endian, as is every machine the core is built for. */
static inline void blake2b_128(uint8_t digest[16], const uint8_t *data, uint64_t length) {
    uint64_t h[8], count = 0;
    uint8_t block[128];
    memcpy(h, BLAKE2B_START, sizeof h);
    h[0] ^= UINT64_C(0x01010010); /* no key, fanout 1, depth 1, 16 bytes of digest */
    while (length - count > 128) {
        count += 128;
        blake2b_block(h, data + count - 128, count, 0);
    }
    memset(block, 0, sizeof block);
    memcpy(block, data + count, length - count);
    blake2b_block(h, block, length, 1);
    memcpy(digest, h, 16);
}

#endif
