// attack: an executable just under the file size limit, to fill the temporary space and then be copied about
// expect: compile_failed
// stopped-by: judge, rlimits
asm(".data\n.fill 0x5f00000, 1, 1");
int main() {}
