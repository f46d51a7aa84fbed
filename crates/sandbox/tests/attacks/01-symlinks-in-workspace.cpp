// attack: links to the canary through the cell's root, through /proc/self/root and /proc/self/cwd, then chown and chmod of what they lead to
// expect: exited
// stopped-by: filesystem, seccomp
// exit: 0
// stdin: {canary}
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
int main() {
    char canary[512], path[1024];
    if (scanf("%511s", canary) != 1) return 2;
    const char *roots[] = {"", "/proc/self/root", "/proc/self/cwd/..", "/proc/thread-self/root", "/proc/self/root/../../..", "/dev/fd/../root"};
    for (const char *root : roots) {
        snprintf(path, sizeof path, "%s%s", root, canary);
        unlink("solution");
        if (symlink(path, "solution")) { puts("no symlink could be made"); return 2; }
        if (!chmod("solution", 0777) || !chown("solution", 1000, 1000) || !lchown(path, 1000, 1000) || open("solution", O_WRONLY) >= 0 ||
            !link(path, "hard")) {
            printf("GOT THROUGH: %s\n", path);
            return 1;
        }
    }
}
