// attack: error output without end
// expect: cpu_time_exceeded | wall_time_exceeded
// stopped-by: supervisor
// within: 90
#include <cstdio>
int main() {
    for (;;) fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", stderr);
}
