// attack: includes itself
// expect: compile_failed
// stopped-by: compiler
#include __FILE__
int main() {}
