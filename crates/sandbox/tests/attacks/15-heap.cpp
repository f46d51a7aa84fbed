// attack: memory, suddenly
// expect: memory_exceeded
#include <cstdlib>
#include <cstring>
int main() {
    for (;;) memset(malloc(64 << 20), 1, 64 << 20);
}
