// attack: error output without end
// expect: output_exceeded
// stopped-by: supervisor
#include <cstdio>
int main() {
    for (;;) fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", stderr);
}
