// attack: an assembler macro that calls itself twice
// expect: compile_failed
// stopped-by: compiler
// within: 180
asm(".macro twice\n.quad 1\ntwice\ntwice\n.endm\ntwice");
int main() {}
