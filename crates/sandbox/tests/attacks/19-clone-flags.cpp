// attack: a thread or process that is born into a namespace of its own
// expect: syscall_denied
// stopped-by: seccomp
// stdin: 20000
// stdin: 2000000
// stdin: 4000000
// stdin: 8000000
// stdin: 10000000
// stdin: 20000000
// stdin: 40000000
// stdin: 80
// stdin: 10011
// stdin: 100010011
#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    long flag;
    if (scanf("%lx", &flag) != 1) return 2;
    // First as a thread with the flag, then as a process with it.
    static char stack[1 << 16];
    if ((flag & 0x10000) == 0) syscall(SYS_clone, 0x10000 | 0x100 | 0x800 | flag, stack + sizeof stack, 0, 0, 0);
    long answer = syscall(SYS_clone, (flag & ~0x10000L) | 17, 0, 0, 0, 0);
    if (answer == 0) _exit(0);
    printf("GOT THROUGH: %ld\n", answer);
    return 1;
}
