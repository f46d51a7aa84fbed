// attack: kills everybody, by process, thread and group
// expect: exited
// stopped-by: namespaces, identity
// exit: 0
#include <csignal>
#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    int self = getpid();
    // Whether that hits anybody is not told: the answer is the same where each has refused. Whoever is
    // hit takes this run with it.
    kill(-1, SIGKILL);
    if (!kill(1, SIGKILL)) { puts("GOT THROUGH"); return 1; }
    for (int pid = 2; pid < 40000; pid++) {
        if (pid == self) continue;
        if (!kill(pid, SIGKILL) || !kill(-pid, SIGKILL) || !syscall(SYS_tgkill, pid, pid, SIGKILL)) {
            printf("GOT THROUGH: %d\n", pid);
            return 1;
        }
    }
}
