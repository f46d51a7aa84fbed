// attack: sections that tell the linker what to do
// expect: exited | compile_failed
// exit: 0
asm(".section .drectve,\"yn\"\n.ascii \"-plugin /tmp/x.so\"\n.section .deplibs,\"MS\",@llvm_dependent_libraries,1\n.asciz \"/etc/shadow\"\n.text");
asm(".section .gnu.warning.main\n.ascii \"warned\"\n.text");
int main() {}
