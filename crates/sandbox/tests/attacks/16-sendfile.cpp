// attack: lets the kernel write for it, gigabytes per call
// expect: output_exceeded | cpu_time_exceeded
// stopped-by: supervisor
#include <csignal>
#include <fcntl.h>
#include <sys/sendfile.h>
int main() {
    int zero = open("/dev/zero", O_RDONLY);
    signal(SIGPIPE, SIG_IGN);
    // Linux before 6.5 refuses this of a device: then it only spins.
    for (;;) sendfile(1, zero, 0, 0x7ffff000);
}
