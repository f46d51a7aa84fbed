// attack: memory of the kernel: pipes that are as large and as full as can be
// expect: exited | memory_exceeded
// stopped-by: rlimits, seccomp, cgroups
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    static char block[1 << 20];
    long total = 0;
    for (int ends[2]; !pipe2(ends, O_NONBLOCK);) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        for (long done; (done = write(ends[1], block, sizeof block)) > 0;) total += done;
    }
    if (total > 512L << 20) { puts("GOT THROUGH"); return 1; }
}
