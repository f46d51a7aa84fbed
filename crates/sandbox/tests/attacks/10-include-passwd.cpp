// attack: the compiler quotes the host's user list in its error text
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
// stderr-lacks: daemon
#include "/etc/passwd"
int main() {}
