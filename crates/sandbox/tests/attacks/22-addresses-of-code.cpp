// attack: predicts the next run's code addresses from this one (return addresses for an exploit of the program itself)
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 2
#include <cstdio>
int main() { printf("%p\n", (void *)&main); }
