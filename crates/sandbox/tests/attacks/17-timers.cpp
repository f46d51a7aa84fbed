// attack: timers that fire as often as can be, to be in a handler whenever somebody looks
// expect: cpu_time_exceeded | wall_time_exceeded
// stopped-by: supervisor
#include <csignal>
#include <initializer_list>
#include <sys/time.h>
#include <unistd.h>
static void handler(int) {}
int main() {
    for (int number : {SIGALRM, SIGVTALRM, SIGPROF}) signal(number, handler);
    itimerval often = {{0, 1}, {0, 1}};
    for (int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) setitimer(which, &often, 0);
    for (;;) asm volatile("");
}
