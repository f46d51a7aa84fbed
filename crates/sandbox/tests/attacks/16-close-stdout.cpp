// attack: closes its output and goes on writing to what opens in its place
// expect: exited
// stopped-by: jail, filesystem
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    close(0);
    close(1);
    close(2);
    int file = open("/tmp/in-place-of-stdin", O_CREAT | O_RDWR, 0600);
    dup2(file, 1);
    dup2(file, 2);
    for (int i = 0; i < 1000; i++) puts("GOT THROUGH");
}
