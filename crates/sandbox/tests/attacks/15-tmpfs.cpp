// attack: memory by files that are deleted but open, more than the folders may hold
// expect: exited | output_exceeded | memory_exceeded
// stopped-by: filesystem, rlimits, cgroups
// exit: 0
#include <cstdio>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>
int main() {
    signal(SIGXFSZ, SIG_IGN);
    static char block[1 << 20];
    long total = 0;
    for (int i = 0; i < 200; i++) {
        const char *path = i % 2 ? "/tmp/x" : "/workspace/x";
        int fd = open(path, O_CREAT | O_RDWR, 0600);
        unlink(path);
        for (long done; (done = write(fd, block, sizeof block)) > 0;) total += done;
    }
    if (total > 201 << 20) { printf("GOT THROUGH: %ld\n", total); return 1; }
}
