// attack: fork by clone3, whose flags a filter can't see, also into a time namespace and a foreign cgroup
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    for (uint64_t flags : {0ull, (unsigned long long)CLONE_NEWTIME, (unsigned long long)CLONE_NEWUSER, (unsigned long long)CLONE_INTO_CGROUP, (unsigned long long)CLONE_PIDFD}) {
        clone_args args{};
        args.flags = flags;
        args.exit_signal = SIGCHLD;
        if (syscall(SYS_clone3, &args, sizeof args) != -1 || errno != ENOSYS) {
            printf("GOT THROUGH: %lx\n", (unsigned long)flags);
            return 1;
        }
    }
}
