// attack: calls that are newer than the lists: they must not be carried out, nor end an honest program that probes for them
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <cerrno>
#include <cstdio>
#include <initializer_list>
#include <unistd.h>
int main() {
    for (long number : {463L, 464L, 465L, 466L, 467L, 468L, 469L, 470L, 500L, 4096L, 0x3fffffffL})
        if (syscall(number, 0, 0, 0, 0, 0, 0) != -1 || errno != ENOSYS) { printf("GOT THROUGH: %ld\n", number); return 1; }
}
