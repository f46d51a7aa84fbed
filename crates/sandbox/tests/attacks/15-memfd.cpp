// attack: memory by anonymous files
// expect: syscall_denied | memory_exceeded
// stopped-by: seccomp, cgroups
#include <sys/mman.h>
int main() { return memfd_create("x", 0) < 0; }
