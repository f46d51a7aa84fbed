// attack: raises its limits by the raw call, of itself by its number, of its parent and of the init
// expect: syscall_denied | exited
// stopped-by: identity, seccomp
// exit: 0
#include <cstdio>
#include <initializer_list>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    for (int which = 0; which < 16; which++) {
        rlimit old;
        if (syscall(SYS_prlimit64, 0, which, 0, &old) || old.rlim_max == RLIM_INFINITY) continue;
        if (!syscall(SYS_prlimit64, 0, which, &all, 0)) { printf("GOT THROUGH: %d\n", which); return 1; }
    }
    for (int pid : {1, (int)getpid(), (int)getppid()})
        if (!syscall(SYS_prlimit64, pid ? pid : 1, RLIMIT_CPU, &all, 0)) { printf("GOT THROUGH: of %d\n", pid); return 1; }
}
