// attack: memory by anonymous files
// expect: syscall_denied | memory_exceeded
#include <sys/mman.h>
int main() { return memfd_create("x", 0) < 0; }
