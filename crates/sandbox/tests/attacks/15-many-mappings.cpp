// attack: memory of the kernel: as many mappings as there can be
// expect: exited
// stopped-by: kernel, cgroups
// exit: 0
#include <cstdio>
#include <sys/mman.h>
int main() {
    int count = 0;
    while (count < 1000000 && mmap(0, 4096, count % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) count++;
    if (count == 1000000) { puts("GOT THROUGH"); return 1; }
}
