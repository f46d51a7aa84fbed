// attack: the largest vectors that one call takes
// expect: output_exceeded
// stopped-by: supervisor
#include <csignal>
#include <sys/uio.h>
int main() {
    static char block[1 << 20];
    static iovec parts[1024];
    for (iovec &part : parts) part = {block, sizeof block};
    signal(SIGPIPE, SIG_IGN);
    for (;;) writev(1, parts, 1024);
}
