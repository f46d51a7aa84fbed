// attack: puts its streams in place of each other
// expect: exited
// stopped-by: jail
// exit: 6
#include <unistd.h>
int main() {
    dup2(2, 0);
    dup2(1, 2);
    dup2(0, 1);
    (void)!write(0, "GOT", 3);
    return 6;
}
