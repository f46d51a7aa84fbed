// attack: handles the signal of a forbidden call and goes on
// expect: syscall_denied
// stopped-by: seccomp
#include <csignal>
#include <cstdio>
#include <sys/socket.h>
#include <unistd.h>
static void handler(int) {}
int main() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, 0);
    signal(SIGSYS, handler);
    socket(AF_INET, SOCK_STREAM, 0);
    puts("GOT THROUGH");
    return 1;
}
