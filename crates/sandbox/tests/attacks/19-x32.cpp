// attack: the same calls by their x32 numbers
// expect: syscall_denied
// stopped-by: seccomp
// stdin: 39
// stdin: 41
// stdin: 57
// stdin: 520
// stdin: 521
// stdin: 425
// stdin: 435
#include <cstdio>
#include <unistd.h>
int main() {
    long number;
    if (scanf("%ld", &number) != 1) return 2;
    printf("GOT THROUGH: %ld\n", syscall(number | 0x40000000, 0, 0, 0));
    return 1;
}
