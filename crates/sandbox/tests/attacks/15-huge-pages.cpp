// attack: takes memory from the host's reserve of huge pages, which no limit on a group's memory counts
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <cerrno>
#include <cstdio>
#include <initializer_list>
#include <sys/mman.h>
int main() {
    for (int flags : {MAP_HUGETLB, MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, MAP_HUGETLB | 30 << MAP_HUGE_SHIFT})
        for (int kind : {MAP_PRIVATE, MAP_SHARED}) {
            void *got = mmap(nullptr, 2 << 20, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS | flags, -1, 0);
            // ENOMEM: there is no reserve here, but it was asked.
            if (got != MAP_FAILED || errno != EPERM) printf("GOT THROUGH: %x %d\n", flags, errno);
        }
}
