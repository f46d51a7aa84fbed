// attack: arch_prctl with everything but setting the thread's data: other registers, 32-bit pages, the CPU's answers
// expect: syscall_denied
// stopped-by: seccomp
// stdin: 1001
// stdin: 1012
// stdin: 2001
// stdin: 2002
// stdin: 1022
// stdin: 5001
// stdin: 4001
#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    unsigned long option, value = 0;
    if (scanf("%lx", &option) != 1) return 2;
    printf("GOT THROUGH: %ld\n", syscall(SYS_arch_prctl, option, &value));
    return 1;
}
