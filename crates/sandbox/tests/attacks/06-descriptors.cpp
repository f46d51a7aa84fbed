// attack: tries all descriptor numbers, also very large ones
// expect: exited
// stopped-by: jail
// exit: 0
#include <cstdio>
#include <fcntl.h>
int main() {
    for (int fd = 3; fd < 1 << 20; fd++)
        if (fcntl(fd, F_GETFD) >= 0) { printf("GOT THROUGH: %d\n", fd); return 1; }
}
