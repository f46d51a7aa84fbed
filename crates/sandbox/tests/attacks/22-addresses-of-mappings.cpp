// attack: predicts the next run's mappings from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
#include <cstdio>
#include <sys/mman.h>
int main() { printf("%p\n", mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); }
