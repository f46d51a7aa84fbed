// attack: a source without end
// expect: compile_failed
#include "/dev/random"
int main() {}
