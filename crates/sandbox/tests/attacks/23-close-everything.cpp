// attack: closes all descriptors, then lives on for a while
// expect: exited
// stopped-by: jail
// exit: 5
#include <fcntl.h>
#include <unistd.h>
int main() {
    close_range(0, ~0u, 0);
    usleep(300000);
    open("/dev/zero", O_RDWR);
    open("/dev/zero", O_RDWR);
    usleep(300000);
    return 5;
}
