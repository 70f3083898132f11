/* Memory for the tables. No cache line is split, and what is large comes in huge pages: a deep book
 * is read at random, and with small pages much of that time is spent finding the page. Large blocks
 * are mapped, so that an outgrown table goes back to the system and not into a hole of the heap.
 */
#ifndef OUTCRY_PAGES_H
#define OUTCRY_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define OUTCRY_CACHE_LINE 64
#define OUTCRY_HUGE_PAGE ((size_t)2 << 20)

#ifdef MADV_HUGEPAGE
static inline size_t whole_pages(size_t size) {
    return (size + OUTCRY_HUGE_PAGE - 1) & ~(OUTCRY_HUGE_PAGE - 1);
}

/* Map huge pages from a boundary between them on; what was mapped around them is given back. */
static inline void *mapped_memory(size_t size) {
    size_t wanted = whole_pages(size), spare = OUTCRY_HUGE_PAGE;
    uint8_t *all, *begin;
    all = mmap(NULL, wanted + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return NULL;
    begin = (uint8_t *)whole_pages((size_t)all);
    if (begin > all) munmap(all, (size_t)(begin - all));
    if (begin < all + spare) munmap(begin + wanted, (size_t)(all + spare - begin));
    /* Advice only: where it is refused everything works at the usual speed. */
    madvise(begin, wanted, MADV_HUGEPAGE);
    return begin;
}
#endif

/* Ask for huge pages wherever whole ones fit, in memory that somebody else manages. */
static inline void prefer_huge_pages(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    size_t begin = whole_pages((size_t)memory);
    size_t end = ((size_t)memory + size) & ~(OUTCRY_HUGE_PAGE - 1);
    if (end > begin) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

/* Return memory whose content is undefined, NULL where there is none. */
static inline void *aligned_memory(size_t size) {
    void *memory;
#ifdef MADV_HUGEPAGE
    if (size >= OUTCRY_HUGE_PAGE) return mapped_memory(size);
#endif
    return posix_memalign(&memory, OUTCRY_CACHE_LINE, size) ? NULL : memory;
}

/* Give back memory of this size that `aligned_memory` returned. */
static inline void give_back(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    if (size >= OUTCRY_HUGE_PAGE) {
        munmap(memory, whole_pages(size));
        return;
    }
#endif
    free(memory);
}

#endif
