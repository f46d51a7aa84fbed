// attack: a source that somebody would have to type
// expect: compile_failed
// stopped-by: filesystem
#include "/dev/tty"
int main() {}
