// attack: includes itself twice, so that the nesting limit alone does not end it
// expect: compile_failed
// stopped-by: supervisor
// within: 180
#include __FILE__
#include __FILE__
int main() {}
