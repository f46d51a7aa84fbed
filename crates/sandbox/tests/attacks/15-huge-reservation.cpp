// attack: all of the address space, and numbers around its border
// expect: exited
// stopped-by: kernel
// exit: 0
#include <cstdio>
#include <initializer_list>
#include <sys/mman.h>
#include <unistd.h>
int main() {
    long total = 0;
    for (unsigned long size = 1ul << 46; size >= 4096; size /= 2)
        while (mmap(0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED && ++total < 10000) {}
    for (unsigned long size : {~0ul, ~0ul - 4095, 1ul << 63, 1ul << 47})
        if (mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) { puts("GOT THROUGH"); return 1; }
}
