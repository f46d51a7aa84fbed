// attack: a terabyte of zeroes, for which the file needs no room but the program does
// expect: compile_failed | signaled
// stopped-by: compiler
static char zeroes[1ull << 40];
int main() {
    for (char &byte : zeroes) byte = 1;
}
