// attack: memory, suddenly
// expect: memory_exceeded
// stopped-by: cgroups
#include <cstdlib>
#include <cstring>
int main() {
    for (;;) memset(malloc(64 << 20), 1, 64 << 20);
}
