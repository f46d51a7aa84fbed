// attack: the assembler includes a file without end
// expect: compile_failed | exited
// stopped-by: compiler
// exit: 0
asm(".pushsection .rodata\n.incbin \"/dev/zero\"\n.incbin \"/dev/urandom\"\n.popsection");
int main() {}
