// attack: 32-bit calls, whose numbers mean something else
// expect: syscall_denied | signaled
// stopped-by: seccomp
// stdin: 20
// stdin: 2
// stdin: 11
// stdin: 102
// stdin: 359
#include <cstdio>
int main() {
    int number;
    if (scanf("%d", &number) != 1) return 2;
    long answer;
    asm volatile("int $0x80" : "=a"(answer) : "a"(number), "b"(0), "c"(0), "d"(0) : "memory");
    printf("GOT THROUGH: %ld\n", answer);
    return 1;
}
