// attack: a source without end
// expect: compile_failed
// stopped-by: compiler
#include "/dev/zero"
int main() {}
