// attack: lifts the limit of its stack, which programs may, and recurses without end
// expect: memory_exceeded | signaled
// stopped-by: cgroups
#include <cstdio>
#include <sys/resource.h>
int deeper(volatile int *above) {
    volatile int here[64] = {*above};
    return deeper(here) + here[0];
}
int main(int argc, char **) {
    rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &none);
    printf("%d\n", deeper(&argc));
}
