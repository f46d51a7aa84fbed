// attack: a source without end
// expect: compile_failed
#include "/dev/zero"
int main() {}
