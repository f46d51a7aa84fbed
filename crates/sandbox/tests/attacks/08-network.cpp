// attack: opens a socket of each family that has ever led out of a sandbox, but for those that 08-network-refused.cpp opens
// expect: syscall_denied
// stopped-by: seccomp, network
// stdin: 2
// stdin: 10
// stdin: 17
// stdin: 38
// stdin: 40
// stdin: 44
#include <cstdio>
#include <initializer_list>
#include <sys/socket.h>
int main() {
    int family;
    if (scanf("%d", &family) != 1) return 2;
    for (int type : {1, 2, 3, 5}) printf("GOT THROUGH: %d\n", socket(family, type, 0));
    return 1;
}
