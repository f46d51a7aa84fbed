// attack: error output without end
// expect: output_exceeded
#include <cstdio>
int main() {
    for (;;) fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", stderr);
}
