// attack: the assembler includes the mount table that the compiler sees
// expect: compile_failed
// stopped-by: filesystem
#include <cstdio>
asm(".pushsection .rodata\ntext: .incbin \"/proc/self/mountinfo\"\n.byte 0\n.popsection");
extern "C" const char text[] asm("text");
int main() { puts(text); }
