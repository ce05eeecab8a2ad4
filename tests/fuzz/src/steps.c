/* Counts steps: a basic block of instrumented code is one, and so are 16 bytes that are copied or
 * compared. In C, because what counts must not be instrumented itself. */
#include <stddef.h>
#include <stdint.h>

#define BYTES_OF_STEP 16

uint64_t fuzz_steps;

extern int __real_bcmp(const void *, const void *, size_t);
extern int __real_memcmp(const void *, const void *, size_t);
extern void *__real_memcpy(void *, const void *, size_t);
extern void *__real_memmove(void *, const void *, size_t);

void __wrap___sanitizer_cov_trace_pc(void)
{
    fuzz_steps++;
}

int __wrap_bcmp(const void *one, const void *other, size_t size)
{
    fuzz_steps += size / BYTES_OF_STEP;
    return __real_bcmp(one, other, size);
}

int __wrap_memcmp(const void *one, const void *other, size_t size)
{
    fuzz_steps += size / BYTES_OF_STEP;
    return __real_memcmp(one, other, size);
}

void *__wrap_memcpy(void *to, const void *from, size_t size)
{
    fuzz_steps += size / BYTES_OF_STEP;
    return __real_memcpy(to, from, size);
}

void *__wrap_memmove(void *to, const void *from, size_t size)
{
    fuzz_steps += size / BYTES_OF_STEP;
    return __real_memmove(to, from, size);
}
