// attack: call numbers whose upper half is set, which a filter and the kernel may read differently
// expect: syscall_denied | exited
// stopped-by: seccomp
// exit: 0
// stdin: 41
// stdin: 57
// stdin: 101
#include <cstdio>
#include <unistd.h>
int main() {
    long number;
    if (scanf("%ld", &number) != 1) return 2;
    long answer = syscall(number | 0x100000000L, 1, 1, 0);
    if (answer >= 0) { printf("GOT THROUGH: %ld\n", answer); return 1; }
}
