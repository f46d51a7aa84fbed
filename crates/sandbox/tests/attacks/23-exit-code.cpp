// attack: exit codes that mean something to a checker, a shell or a forked helper
// expect: exited
// stopped-by: judge
// exit: 42
#include <unistd.h>
int main() { _exit(0x7fffff00 + 42); }
