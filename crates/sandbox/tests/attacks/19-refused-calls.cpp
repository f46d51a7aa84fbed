// attack: calls that are answered with an error instead of death, because runtimes probe for them: none may do anything
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    close(open("/tmp/f", O_CREAT | O_RDWR, 0600));
    unsigned long mask = 1;
    struct { int priority; } realtime = {1};
    struct { const char *name; long answer; } tried[] = {
        {"pkey_alloc", syscall(SYS_pkey_alloc, 0, 0)},
        {"sched_setscheduler", syscall(SYS_sched_setscheduler, 0, 1, &realtime)}, {"sched_setaffinity", syscall(SYS_sched_setaffinity, 0, 8, &mask)},
        {"setpriority", syscall(SYS_setpriority, 0, 0, -20)}, {"setpriority of the user", syscall(SYS_setpriority, 2, 0, -20)},
        {"prctl securebits", syscall(SYS_prctl, 28, 0)}, {"prctl no death signal", syscall(SYS_prctl, 1, 0)}, {"prctl subreaper", syscall(SYS_prctl, 36, 1)},
        {"prctl seccomp off", syscall(SYS_prctl, 22, 0)}, {"prctl dumpable", syscall(SYS_prctl, 4, 1)}, {"prctl ptracer", syscall(SYS_prctl, 0x59616d61, -1)},
        {"prctl ambient", syscall(SYS_prctl, 47, 2, 21, 0, 0)}, {"prctl no_new_privs off", syscall(SYS_prctl, 38, 0, 0, 0, 0)}, {"prctl tsc", syscall(SYS_prctl, 26, 2)},
        {"chown", syscall(SYS_chown, "/tmp/f", 0, 0)},
        {"lchown", syscall(SYS_lchown, "/tmp/f", 1000, 1000)}, {"setxattr", syscall(SYS_setxattr, "/tmp/f", "security.capability", &mask, 8, 0)},
        {"mknodat", syscall(SYS_mknodat, AT_FDCWD, "/tmp/e", S_IFBLK | 0600, 0x800)},
        {"setuid", syscall(SYS_setuid, 0)}, {"setsid", syscall(SYS_setsid)}};
    for (auto &one : tried)
        if (one.answer >= 0) {
            printf("GOT THROUGH: %s = %ld\n", one.name, one.answer);
            return 1;
        }
}
