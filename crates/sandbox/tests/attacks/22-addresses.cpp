// attack: predicts the next run's stack from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
#include <cstdio>
int main(int argc, char **) { printf("%p\n", (void *)&argc); }
