// attack: leaves marks for its own next test, which may be run in the same cell
// expect: Accepted
// stopped-by: filesystem, jail
// judge: aplusb
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <initializer_list>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <unistd.h>
static int entries(const char *folder) {
    int count = 0;
    DIR *opened = opendir(folder);
    while (opened && readdir(opened)) count++;
    return count;
}
int main() {
    long long a, b;
    if (scanf("%lld %lld", &a, &b) != 2) return 1;
    sigset_t blocked, pending;
    sigprocmask(SIG_BLOCK, nullptr, &blocked);
    sigpending(&pending);
    struct sigaction action;
    sigaction(SIGUSR2, nullptr, &action);
    struct statfs disk;
    statfs("/tmp", &disk);
    bool found = entries("/tmp") != 2 || entries("/workspace") != 2 || alarm(0) || umask(0777) == 0777 || sigismember(&blocked, SIGUSR1) ||
                 sigismember(&pending, SIGUSR1) || action.sa_handler != SIG_DFL || disk.f_bfree != disk.f_blocks || getenv("MARK");
    // The memory that an earlier process gave back holds nothing of its.
    const size_t size = 8 << 20;
    char *memory = (char *)mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < size; i++) found |= memory[i] != 0;
    if (found) puts("GOT THROUGH");
    else printf("%lld\n", a + b);
    fflush(stdout);
    memset(memory, 'm', size);
    setenv("MARK", "1", 1);
    alarm(100);
    sigfillset(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR1);
    umask(0);
    for (const char *path : {"/tmp/letscode-attack-mark", "/workspace/letscode-attack-mark", "/workspace/solution", "/dev/shm/letscode-attack-mark"}) {
        int file = open(path, O_CREAT | O_WRONLY, 0777);
        if (file >= 0 && write(file, memory, 1 << 20) < 0) return 1;
    }
    timespec old[2] = {{1000, 0}, {1000, 0}};
    utimensat(AT_FDCWD, "/tmp", old, 0);
    umask(0777);
    chmod("/tmp", 0);
    chmod("/workspace", 0);
}
