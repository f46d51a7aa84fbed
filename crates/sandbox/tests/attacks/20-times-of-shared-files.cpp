// attack: sets the times of what it shares with others (device nodes of the host, its own executable) to now
// expect: exited
// stopped-by: jail, filesystem
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <sys/stat.h>
int main() {
    for (const char *path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/proc/self/exe"}) {
        // Without a time everybody who may write to a file may set it.
        if (!utimensat(AT_FDCWD, path, nullptr, 0)) printf("GOT THROUGH: the time of %s\n", path);
    }
}
