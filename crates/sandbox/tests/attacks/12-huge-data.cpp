// attack: 1 GiB of object file from one line
// expect: compile_failed
// stopped-by: rlimits
int data[0x10000000] = {1};
int main() { return data[1]; }
