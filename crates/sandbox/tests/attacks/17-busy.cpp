// attack: a loop without end, which ignores every signal that it may
// expect: cpu_time_exceeded
// stopped-by: supervisor
#include <csignal>
int main() {
    sigset_t all;
    sigfillset(&all);
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    sigprocmask(SIG_BLOCK, &all, 0);
    for (;;) asm volatile("");
}
