// attack: memory that can be written and executed at once, where code is put together at run time
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <cstdio>
#include <sys/mman.h>
int main() {
    const int both = PROT_READ | PROT_WRITE | PROT_EXEC;
    void *own = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mmap(nullptr, 4096, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || !mprotect(own, 4096, both) || !mprotect(own, 4096, PROT_WRITE | PROT_EXEC))
        puts("GOT THROUGH");
}
