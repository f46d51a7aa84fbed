// attack: the assembler includes memory and files of other processes of the compile cell
// expect: compile_failed
// stopped-by: filesystem, identity
asm(".pushsection .rodata\n.incbin \"/proc/1/environ\"\n.popsection");
int main() {}
