// attack: turns the pipe into packet mode and makes it large, so that each byte costs the reader a page
// expect: syscall_denied
// stopped-by: seccomp
#include <fcntl.h>
#include <unistd.h>
int main() {
    fcntl(1, F_SETPIPE_SZ, 1 << 20);
    fcntl(1, F_SETFL, O_DIRECT);
    for (;;) if (write(1, "x", 1) < 0) return 1;
}
