/* Arithmetic that needs more than 64 bits, and the few hints a compiler takes.
 *
 * Cython cannot name __int128, so every function takes and returns 64-bit values and keeps the wide
 * ones inside. Nothing here wraps: a result that does not fit is INT64_MAX ("saturated"), which is
 * above every limit of the core, or is told by a flag.
 */
#ifndef OUTCRY_INT128_H
#define OUTCRY_INT128_H

#include <stdint.h>

/* Tests build deliberately broken cores with -DOUTCRY_MUTANT=n to see that they are caught. */
#ifndef OUTCRY_MUTANT
#define OUTCRY_MUTANT 0
#endif

#define UNITS_LIMIT ((int64_t)1 << 62)
#define DAY_NS ((int64_t)86400000000000)
#define PPM 1000000

/* Above the key of every price: prices are below 2^62, as a tick of a lot costs a unit or more. */
#define NO_KEY INT64_MAX

/* Below this, an amount times a rate of less than a million fits in 63 bits; dividing 128 bits is
 * twenty times slower. */
#define NARROW_AMOUNT (INT64_MAX / PPM)

typedef unsigned __int128 outcry_u128;

/* A sum of units that may exceed 64 bits. */
typedef struct {
    uint64_t low;
    uint64_t high;
} Sum128;

static inline int64_t mul_saturated(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* ceil(amount x rate / 10^6); amount >= 0, 0 <= rate < 10^6, so the result is at most amount. */
static inline int64_t fee_up(int64_t amount, int64_t rate_ppm) {
    if (__builtin_expect(amount < NARROW_AMOUNT, 1))
        return (int64_t)(((uint64_t)amount * (uint64_t)rate_ppm + (PPM - 1)) / PPM);
    return (int64_t)(((outcry_u128)amount * (uint64_t)rate_ppm + (PPM - 1)) / PPM);
}

/* floor(amount x rate / 10^6), for what the venue pays out. */
static inline int64_t fee_down(int64_t amount, int64_t rate_ppm) {
    if (__builtin_expect(amount < NARROW_AMOUNT, 1))
        return (int64_t)((uint64_t)amount * (uint64_t)rate_ppm / PPM);
    return (int64_t)((outcry_u128)amount * (uint64_t)rate_ppm / PPM);
}

/* floor(rest x 10^6 / (lot_price x (10^6 + rate))): the lots a budget buys, fee included. */
static inline int64_t lots_for_budget(int64_t rest, int64_t lot_price, int64_t rate_ppm) {
    outcry_u128 lot_cost = (outcry_u128)lot_price * (uint64_t)(PPM + rate_ppm);
    return (int64_t)((outcry_u128)rest * PPM / lot_cost);
}

/* floor(value x ppm / 10^6), saturated; neither is negative, and ppm is below 2 x 10^6. */
static inline int64_t share_down(int64_t value, int64_t ppm) {
    outcry_u128 share = (outcry_u128)value * (uint64_t)ppm / PPM;
    return share > (outcry_u128)INT64_MAX ? INT64_MAX : (int64_t)share;
}

/* ceil(value x ppm / 10^6), for a ppm of at most 10^6. */
static inline int64_t share_up(int64_t value, int64_t ppm) {
    return (int64_t)(((outcry_u128)value * (uint64_t)ppm + (PPM - 1)) / PPM);
}

static inline void sum_add(Sum128 *sum, int64_t value) {
    outcry_u128 total = ((outcry_u128)sum->high << 64 | sum->low) + (outcry_u128)(__int128)value;
    sum->low = (uint64_t)total;
    sum->high = (uint64_t)(total >> 64);
}

/* Add a value that is not negative: a carry instead of a sign. */
static inline void sum_grow(Sum128 *sum, int64_t value) {
    sum->low += (uint64_t)value;
    sum->high += sum->low < (uint64_t)value;
}

/* Add a product of two values that are not negative; a sum beyond 128 bits stays at the most. */
static inline void sum_product(Sum128 *sum, int64_t a, int64_t b) {
    outcry_u128 total = (outcry_u128)sum->high << 64 | sum->low;
    outcry_u128 product = (outcry_u128)a * (uint64_t)b;
    total = total + product < total ? ~(outcry_u128)0 : total + product;
    sum->low = (uint64_t)total;
    sum->high = (uint64_t)(total >> 64);
}

/* One sum less another, which is not above it. */
static inline Sum128 sum_less(const Sum128 *a, const Sum128 *b) {
    Sum128 rest = {a->low - b->low, a->high - b->high - (a->low < b->low)};
    return rest;
}

/* The sum plus a value that is not negative, or INT64_MAX where that is more. */
static inline int64_t sum_saturated(const Sum128 *sum, int64_t value) {
    Sum128 total = *sum;
    sum_grow(&total, value);
    return total.high || total.low > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)total.low;
}

/* Whether the sum is at most a value that is not negative. */
static inline int sum_below(const Sum128 *sum, int64_t value) {
    return sum->high == 0 && sum->low <= (uint64_t)value;
}

/* Whether two sums are the same. */
static inline int sum_equals(const Sum128 *a, const Sum128 *b) {
    return a->low == b->low && a->high == b->high;
}

/* mantissa x lot_units x 10^exponent, or 0 where that is not a whole number from 1 to 2^62 - 1.
 * The first two are below 2^62 and the exponent from -36 to 18, so the product of two fits. */
static inline int64_t scaled_tick_value(int64_t mantissa, int64_t lot_units, int exponent) {
    outcry_u128 value = (outcry_u128)mantissa * (uint64_t)lot_units;
    for (; exponent < 0; exponent++) {
        if (value % 10) return 0;
        value /= 10;
    }
    for (; exponent > 0 && value < (outcry_u128)UNITS_LIMIT; exponent--) value *= 10;
    return value < (outcry_u128)UNITS_LIMIT ? (int64_t)value : 0;
}

static inline uint64_t mixed(uint64_t value) { return value * UINT64_C(0x9E3779B97F4A7C15); }

static inline void prefetch(const void *address) { __builtin_prefetch(address); }
static inline void prefetch_to_write(const void *address) { __builtin_prefetch(address, 1); }
/* What mostly holds, and what hardly ever does: the compiler keeps the latter out of the way. */
static inline int usual(int condition) { return __builtin_expect(condition, 1); }
static inline int rare(int condition) { return __builtin_expect(condition, 0); }

#endif
