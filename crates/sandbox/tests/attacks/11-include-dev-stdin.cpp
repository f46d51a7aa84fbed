// attack: a source from a stream that may never end, or that holds the test's input
// expect: compile_failed | exited
// stopped-by: jail
// stdin: #error the input was read by the compiler
// stderr-lacks: the input was read
#include </dev/stdin>
#include "/proc/self/fd/0"
#include "/dev/fd/0"
int main() {}
