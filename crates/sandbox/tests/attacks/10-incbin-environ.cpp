// attack: the assembler includes the compiler's environment, memory map and command line
// expect: compile_failed
// stopped-by: filesystem
#include <cstdio>
asm(".pushsection .rodata\ntext: .incbin \"/proc/self/environ\"\n.incbin \"/proc/self/cmdline\"\n.byte 0\n.popsection");
extern "C" const char text[] asm("text");
int main() { puts(text); }
