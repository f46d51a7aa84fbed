// attack: the assembler repeats a line for ever
// expect: compile_failed
// stopped-by: compiler
// within: 180
asm(".data\n.rept 0x7fffffff\n.rept 0x7fffffff\n.quad 1\n.endr\n.endr");
int main() {}
