// attack: the assembler's own .include, whose error text quotes lines
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
asm(".include \"/etc/passwd\"\n.include \"/etc/shadow\"");
int main() {}
