// attack: 1 GiB of object file from one line
// expect: compile_failed
int main[0x10000000] = {1};
