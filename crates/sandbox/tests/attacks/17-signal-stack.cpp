// attack: crashes on an alternate stack in a handler that returns to the crash
// expect: cpu_time_exceeded
// stopped-by: supervisor
#include <csignal>
#include <initializer_list>
static char stack[1 << 16];
static void handler(int) {}
int main() {
    stack_t other = {stack, 0, sizeof stack};
    sigaltstack(&other, 0);
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGXCPU, SIGTERM, SIGSYS}) sigaction(number, &action, 0);
    *(volatile int *)8 = 1;
    return 1;
}
