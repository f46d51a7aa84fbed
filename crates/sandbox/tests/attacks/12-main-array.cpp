// attack: 1 GiB of object file from one line, in the shape in which C compilers take it
// expect: compile_failed
// stopped-by: compiler
int main[0x10000000] = {1};
