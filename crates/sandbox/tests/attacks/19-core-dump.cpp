// attack: crashes, so that the host starts what it has for that, as root and outside of every cell
// expect: signaled
// stopped-by: rlimits, seccomp
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>
int main() {
    // A program in /proc/sys/kernel/core_pattern is started also where the limit is 0, and not where it is 1.
    rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_cur != 1 || core.rlim_max != 1) printf("GOT THROUGH: %ld %ld\n", core.rlim_cur, core.rlim_max);
    rlimit none = {0, 0}, half = {0, 1};
    if (!setrlimit(RLIMIT_CORE, &none) || !setrlimit(RLIMIT_CORE, &half)) puts("GOT THROUGH: lower");
    rlimit files = {16, 16};
    if (setrlimit(RLIMIT_NOFILE, &files)) puts("GOT THROUGH: nothing can be lowered any more");
    fflush(stdout);
    abort();
}
