// attack: predicts the next run's stack guard from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
#include <cstdio>
#include <sys/auxv.h>
int main() {
    auto *bytes = (unsigned char *)getauxval(AT_RANDOM);
    for (int i = 0; i < 16; i++) printf("%02x", bytes[i]);
}
