// attack: both streams at once, in pieces of one byte
// expect: output_exceeded | cpu_time_exceeded
// stopped-by: supervisor
#include <unistd.h>
int main() {
    for (;;) {
        if (write(1, "x", 1) < 0) return 1;
        if (write(2, "y", 1) < 0) return 1;
    }
}
