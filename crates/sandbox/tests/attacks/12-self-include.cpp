// attack: includes itself
// expect: compile_failed
#include __FILE__
int main() {}
