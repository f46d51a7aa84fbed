// attack: as many descriptors as it can get
// expect: exited
// stopped-by: rlimits
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    int count = 0;
    while (count < 100000 && (open("/dev/null", O_RDONLY) >= 0 || dup(0) >= 0)) count++;
    if (count > 256) { printf("GOT THROUGH: %d\n", count); return 1; }
}
