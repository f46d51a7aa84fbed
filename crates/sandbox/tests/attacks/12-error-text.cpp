// attack: megabytes of error text from a few lines
// expect: compile_failed
// stopped-by: compiler
#define A(x) x x x x x x x x x x
#define B(x) A(A(A(A(A(x)))))
int main() { B(undeclared_name_that_is_rather_long_so_that_every_message_is_long_too;) }
