// attack: output without end
// expect: output_exceeded
// stopped-by: supervisor
#include <cstdio>
int main() {
    for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}
