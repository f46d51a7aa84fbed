// attack: a source that somebody would have to type
// expect: compile_failed
#include "/dev/tty"
int main() {}
