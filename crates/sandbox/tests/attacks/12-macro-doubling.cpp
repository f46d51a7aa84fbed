// attack: a macro that is a million million of itself
// expect: compile_failed
// stopped-by: cgroups, supervisor
// within: 180
#define A(x) x + x + x + x + x + x + x + x + x + x
#define B(x) A(A(A(A(x))))
#define C(x) B(B(B(x)))
int main() { return C(1); }
