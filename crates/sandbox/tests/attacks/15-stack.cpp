// attack: recursion without end
// expect: signaled
// stopped-by: rlimits
#include <cstdio>
int deeper(volatile int *above) {
    volatile int here[64] = {*above};
    return deeper(here) + here[0];
}
int main(int argc, char **) { printf("%d\n", deeper(&argc)); }
