// attack: drops a program into /tmp and executes it: it must be as bound as this one
// expect: syscall_denied | exited
// stopped-by: landlock, seccomp
// exit: 0
#include <cstring>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int, char **argv) {
    if (!strcmp(argv[0], "dropped")) {
        socket(AF_INET, SOCK_STREAM, 0);
        return 1;
    }
    int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/dropped", O_CREAT | O_WRONLY, 0700);
    while (sendfile(to, from, 0, 1 << 20) > 0) {}
    close(to);
    execl("/tmp/dropped", "dropped", (char *)0);
}
