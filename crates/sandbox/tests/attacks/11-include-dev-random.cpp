// attack: a source without end
// expect: compile_failed
// stopped-by: compiler
#include "/dev/random"
int main() {}
