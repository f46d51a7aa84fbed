// attack: calls by the old fixed page, past the filter
// expect: syscall_denied | signaled | exited
// stopped-by: kernel, seccomp
// stdout-lacks: GOT THROUGH
#include <cstdio>
int main() {
    long answer = ((long (*)(void *))0xffffffffff600400)(0);
    printf("the time is %ld, which the program may know anyway\n", answer);
}
