// attack: sections that tell the linker what to do
// expect: exited | compile_failed
// stopped-by: filesystem, judge
// exit: 0
asm(".section .drectve\n.ascii \"-plugin /tmp/x.so\"\n.text");
asm(".section .gnu.warning.main\n.ascii \"warned\"\n.text");
int main() {}
