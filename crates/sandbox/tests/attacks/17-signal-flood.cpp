// attack: floods itself and its group with signals
// expect: cpu_time_exceeded | wall_time_exceeded
// stopped-by: supervisor, namespaces
#include <csignal>
#include <unistd.h>
static void handler(int) {}
int main() {
    for (int number = 1; number < 65; number++) signal(number, handler);
    for (;;)
        for (int number = 34; number < 65; number++) kill(0, number), kill(getpid(), number);
}
