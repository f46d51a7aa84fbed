// attack: the assembler includes the host's password hashes
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
// stderr-lacks: $6$
#include <cstdio>
asm(".pushsection .rodata\ntext: .incbin \"/etc/shadow\"\n.byte 0\n.popsection");
extern "C" const char text[] asm("text");
int main() { puts(text); }
