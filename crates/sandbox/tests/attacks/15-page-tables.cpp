// attack: memory of the kernel: a page table for every page that is only read
// expect: memory_exceeded
// stopped-by: cgroups
#include <sys/mman.h>
int main() {
    for (;;) {
        volatile char *at = (char *)mmap(0, 64L << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) return 0;
        madvise((void *)at, 64L << 30, MADV_NOHUGEPAGE);
        for (long offset = 0; offset < 64L << 30; offset += 2 << 20) (void)at[offset];
    }
}
