// attack: ioctl requests that type into a terminal, change it, move into another namespace or touch other devices
// expect: syscall_denied
// stopped-by: seccomp
// stdin: 5412
// stdin: 541d
// stdin: 540e
// stdin: 541c
// stdin: b701
// stdin: b702
// stdin: 5402
// stdin: 40049409
// stdin: c0045877
// stdin: ae00
#include <cstdio>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    unsigned long request;
    if (scanf("%lx", &request) != 1) return 2;
    char byte = 'x';
    int own = open("/proc/self/ns/user", O_RDONLY);
    long answer = syscall(SYS_ioctl, own < 0 ? 0 : own, request, &byte);
    printf("GOT THROUGH: %ld\n", answer);
    return 1;
}
