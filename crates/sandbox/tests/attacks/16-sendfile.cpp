// attack: lets the kernel write for it, gigabytes per call
// expect: output_exceeded
// stopped-by: supervisor
#include <csignal>
#include <fcntl.h>
#include <sys/sendfile.h>
int main() {
    int zero = open("/dev/zero", O_RDONLY);
    signal(SIGPIPE, SIG_IGN);
    for (;;) sendfile(1, zero, 0, 0x7ffff000);
}
