// attack: the compiler reads back the pipe that it writes to, and waits for itself
// expect: compile_failed
// stopped-by: jail
#include "/dev/stderr"
int main() {}
