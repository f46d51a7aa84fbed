// attack: fork bomb, in every way to make a process
// expect: syscall_denied
// stopped-by: seccomp, cgroups
// stdin: 0
// stdin: 1
// stdin: 2
// stdin: 3
// stdin: 4
#include <csignal>
#include <cstdio>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    int way;
    if (scanf("%d", &way) != 1) return 2;
    for (;;) {
        if (way == 0) syscall(SYS_fork);
        if (way == 1) syscall(SYS_vfork);
        if (way == 2) syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (way == 3) syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
        if (way == 4) syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_PARENT, 0, 0, 0, 0);
    }
}
