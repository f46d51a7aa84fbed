// attack: a source without end
// expect: compile_failed
// stopped-by: cgroups, supervisor
#include "/dev/random"
int main() {}
