// attack: opens every process' folder and its memory
// expect: exited
// stopped-by: filesystem, namespaces, identity
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>
int main() {
    char path[64];
    for (int pid = 1; pid < 40000; pid++)
        for (const char *name : {"mem", "root", "ns/mnt", "fd/0", "exe"}) {
            if (pid == getpid()) continue;
            snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
            if (!access(path, F_OK) || open(path, O_PATH) >= 0 || readlink(path, path + 40, 8) > 0) { printf("GOT THROUGH: %s\n", path); return 1; }
        }
}
