// attack: memory by growing one mapping, and by break
// expect: memory_exceeded
// stopped-by: cgroups
// stdin: 0
// stdin: 1
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
int main() {
    int way;
    if (scanf("%d", &way) != 1) return 2;
    size_t size = 16 << 20;
    char *at = (char *)mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (;;) {
        char *more = way ? (char *)sbrk(16 << 20) : (at = (char *)mremap(at, size, size + (16 << 20), MREMAP_MAYMOVE)) + size;
        size += 16 << 20;
        memset(more, 1, 16 << 20);
    }
}
