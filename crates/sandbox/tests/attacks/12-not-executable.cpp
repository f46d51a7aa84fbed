// attack: compiles to something that the kernel will not execute, to be taken for a fault of the judge
// expect: compile_failed | signaled | exited
// stopped-by: judge
const char loader[] __attribute__((section(".interp"), used)) = "/no/such/loader";
int main() {}
