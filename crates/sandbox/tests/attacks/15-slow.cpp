// attack: memory, slowly, between sleeps
// expect: memory_exceeded
// stopped-by: cgroups
#include <cstdlib>
#include <cstring>
#include <unistd.h>
int main() {
    for (;; usleep(2000)) memset(malloc(1 << 20), 1, 1 << 20);
}
