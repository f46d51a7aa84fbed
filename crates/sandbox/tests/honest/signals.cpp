// honest: handlers, jumps, an alternative stack, exit handlers, an exception through frames
// exit: 3
// stdout: alarm abort segv thrown end
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/time.h>
#include <unistd.h>
static sigjmp_buf back;
static volatile sig_atomic_t rang;
int main() {
    atexit([] { puts("end"); });
    static char other[1 << 16];
    stack_t alternative = {other, 0, sizeof other};
    sigaltstack(&alternative, nullptr);
    signal(SIGALRM, [](int) { rang = 1; });
    itimerval soon = {{0, 0}, {0, 5000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    while (!rang) pause();
    printf("alarm ");
    struct sigaction action = {};
    action.sa_handler = [](int) { siglongjmp(back, 1); };
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGABRT, &action, nullptr);
    sigaction(SIGSEGV, &action, nullptr);
    if (sigsetjmp(back, 1) == 0) abort();
    printf("abort ");
    if (sigsetjmp(back, 1) == 0) *(volatile int *)nullptr = 1;
    printf("segv ");
    try {
        throw std::runtime_error("thrown");
    } catch (const std::exception &error) {
        printf("%s ", error.what());
    }
    exit(3);
}
