// attack: executes everything that is in its root
// expect: exited
// stopped-by: filesystem
// exit: 0
#include <cstdio>
#include <initializer_list>
#include <unistd.h>
int main() {
    char *none[] = {(char *)"x", 0};
    for (const char *path : {"/bin/sh", "/usr/bin/python3", "/lib64/ld-linux-x86-64.so.2", "/usr/bin/env", "/proc/1/exe", "/etc/passwd", "/dev/null", "/workspace"})
        execv(path, none);
}
