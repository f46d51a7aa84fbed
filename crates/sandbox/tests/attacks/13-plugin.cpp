// attack: asks the compiler to load code while compiling
// expect: exited | compile_failed
// stopped-by: compiler
// exit: 0
#pragma GCC plugin "/tmp/letscode-attack-mark.so"
#pragma comment(linker, "/tmp/letscode-attack-mark.so")
int main() {}
