// attack: stops itself, again and again
// expect: wall_time_exceeded
// stopped-by: supervisor
#include <csignal>
#include <unistd.h>
int main() {
    for (;;) {
        kill(getpid(), SIGSTOP);
        raise(SIGTSTP);
    }
}
