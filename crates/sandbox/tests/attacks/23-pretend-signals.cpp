// attack: ends itself by the signals with which limits end a program
// expect: signaled | syscall_denied | cpu_time_exceeded | output_exceeded
// stopped-by: seccomp, supervisor, rlimits
// stdin: 31
// stdin: 24
// stdin: 25
// stdin: 9
#include <csignal>
#include <cstdio>
#include <unistd.h>
int main() {
    int number;
    if (scanf("%d", &number) != 1) return 2;
    kill(getpid(), number);
    puts("GOT THROUGH");
    return 1;
}
