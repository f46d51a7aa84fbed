// attack: the compiler reads back the pipe to the next part of its chain, and waits for itself
// expect: compile_failed
// stopped-by: jail
#include "/proc/self/fd/1"
int main() {}
