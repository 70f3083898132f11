/* Memory for the large tables: cache lines are never split, and what is large asks for huge pages.
 * A deep book is read at random, and with small pages most of that time is spent finding the page.
 */
#ifndef OUTCRY_PAGES_H
#define OUTCRY_PAGES_H

#include <stddef.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define OUTCRY_CACHE_LINE 64
#define OUTCRY_HUGE_PAGE ((size_t)2 << 20)

/* Return memory that `free` takes back, NULL where there is none. Its content is undefined. */
static inline void *aligned_memory(size_t size) {
    void *memory;
    size_t alignment = size >= OUTCRY_HUGE_PAGE ? OUTCRY_HUGE_PAGE : OUTCRY_CACHE_LINE;
    if (posix_memalign(&memory, alignment, size)) return NULL;
#ifdef MADV_HUGEPAGE
    /* Advice only: without it, or where it is refused, everything works at the usual speed. */
    if (size >= OUTCRY_HUGE_PAGE) madvise(memory, size, MADV_HUGEPAGE);
#endif
    return memory;
}

#endif
