// attack: makes the kernel signal others for it, as the owner of a descriptor
// expect: syscall_denied
// stopped-by: seccomp
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    int ends[2];
    if (pipe(ends)) return 2;
    for (int pid = -40; pid < 40; pid++) {
        if (pid == getpid() || pid == -getpid() || pid == 0) continue;
        fcntl(ends[0], F_SETSIG, SIGKILL);
        if (fcntl(ends[0], F_SETOWN, pid)) continue;
        fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
        if (write(ends[1], "x", 1) != 1) return 2;
        printf("%d could be named\n", pid);
    }
    // The init lives, or this would not be seen.
}
