// attack: maps the null page, for the day that the kernel follows a null pointer, and the kernel's own half
// expect: exited
// stopped-by: kernel, identity
// exit: 0
#include <cstdio>
#include <initializer_list>
#include <sys/mman.h>
int main() {
    for (unsigned long address : {0ul, 0xffffffffff600000ul, 0xffff800000000000ul, 0x7ffffffff000ul})
        for (int extra : {0, MAP_GROWSDOWN, MAP_LOCKED, MAP_HUGETLB}) {
            void *got = mmap((void *)address, 4096, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | extra, -1, 0);
            if (got != MAP_FAILED) { printf("GOT THROUGH: %lx\n", address); return 1; }
        }
}
