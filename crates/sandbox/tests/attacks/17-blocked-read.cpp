// attack: reads from a pipe that nobody writes to
// expect: wall_time_exceeded
// stopped-by: supervisor
#include <unistd.h>
int main() {
    int ends[2];
    char byte;
    if (pipe(ends)) return 1;
    return read(ends[0], &byte, 1);
}
