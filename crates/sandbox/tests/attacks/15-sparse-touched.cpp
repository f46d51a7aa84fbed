// attack: reserves a lot, then touches it page by page from the end
// expect: memory_exceeded
// stopped-by: cgroups
#include <sys/mman.h>
int main() {
    long size = 64L << 30;
    volatile char *at = (char *)mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (long offset = size - 4096; offset >= 0; offset -= 4096) at[offset] = 1;
}
