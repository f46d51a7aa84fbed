// attack: many runs at once, each ending while others begin, look for anything of another
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
// at-once: 8
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>
int main() {
    for (const char *path : {"/tmp/race", "/workspace/race", "/dev/shm/race2"}) {
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) { printf("GOT THROUGH: %s is there\n", path); return 1; }
    }
    for (int round = 0; round < 100; round++)
        for (int pid = 1; pid < 50; pid++)
            if (pid != getpid() && kill(pid, 0) == 0) { printf("GOT THROUGH: process %d\n", pid); return 1; }
}
