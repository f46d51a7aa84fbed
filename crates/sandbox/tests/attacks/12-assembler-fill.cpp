// attack: the assembler fills the disk
// expect: compile_failed
// stopped-by: rlimits
asm(".data\n.fill 0x7fffffff, 8, 1");
int main() {}
