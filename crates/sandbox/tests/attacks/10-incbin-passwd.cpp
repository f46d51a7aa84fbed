// attack: the assembler includes the host's user list, and the program prints it
// expect: exited | compile_failed
// stopped-by: filesystem
// stdout-lacks: root:
// stdout-lacks: daemon
// stderr-lacks: root:
#include <cstdio>
asm(".pushsection .rodata\ntext: .incbin \"/etc/passwd\"\n.byte 0\n.popsection");
extern "C" const char text[] asm("text");
int main() { puts(text); }
