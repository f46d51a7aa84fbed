// attack: sleeps on another clock, in a handler, with all signals blocked
// expect: wall_time_exceeded
// stopped-by: supervisor
#include <csignal>
#include <ctime>
int main() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, 0);
    for (;;) {
        timespec far = {1L << 40, 0};
        clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &far, 0);
    }
}
