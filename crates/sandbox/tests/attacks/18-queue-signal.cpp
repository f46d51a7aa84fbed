// attack: sends signals that seem to come from the kernel
// expect: syscall_denied
// stopped-by: seccomp
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    siginfo_t info{};
    info.si_signo = SIGKILL;
    info.si_code = SI_KERNEL;
    return syscall(SYS_rt_sigqueueinfo, 1, SIGKILL, &info) == 0;
}
