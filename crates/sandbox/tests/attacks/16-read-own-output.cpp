// attack: competes with the supervisor for its own output, to write more than is counted
// expect: output_exceeded | cpu_time_exceeded | exited
// stopped-by: jail, supervisor
// stdout-lacks: GOT THROUGH
#include <fcntl.h>
#include <unistd.h>
int main() {
    static char block[65536];
    int back = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
    if (back < 0) return 0;
    for (;;) {
        if (write(1, block, sizeof block) < 0) return 1;
        while (read(back, block, sizeof block) > 0) {}
    }
}
