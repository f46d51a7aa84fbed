// attack: memory by each kind of mapping
// expect: memory_exceeded
// stopped-by: cgroups
// stdin: 34
// stdin: 33
// stdin: 32802
// stdin: 16418
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
int main() {
    int flags;
    if (scanf("%d", &flags) != 1) return 2;
    for (;;) {
        char *at = (char *)mmap(0, 16 << 20, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (at != MAP_FAILED) memset(at, 1, 16 << 20);
    }
}
