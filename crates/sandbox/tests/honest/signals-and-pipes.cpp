// honest: waiting for signals, a pipe to itself, waiting with a time limit
// stdout: pipe suspended late
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <ctime>
#include <unistd.h>
int main() {
    int ends[2];
    char text[5] = {};
    if (pipe(ends) || write(ends[1], "pipe", 4) != 4) return 2;
    pollfd one = {ends[0], POLLIN, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    timespec soon = {1, 0};
    if (poll(&one, 1, 1000) != 1 || pselect(ends[0] + 1, &set, nullptr, nullptr, &soon, nullptr) != 1) return 3;
    iovec parts[2] = {{text, 2}, {text + 2, 2}};
    if (readv(ends[0], parts, 2) != 4) return 4;
    int copy = dup(ends[1]);
    if (copy < 0 || write(copy, "s", 1) != 1 || read(ends[0], text + 4, 0) != 0) return 5;
    printf("%s ", text);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    signal(SIGALRM, [](int) {});
    ualarm(1000, 0);
    sigsuspend(&before);
    printf("suspended ");
    timespec brief = {0, 1000000};
    puts(sigtimedwait(&blocked, nullptr, &brief) == -1 && !nanosleep(&brief, nullptr) ? "late" : "early");
}
