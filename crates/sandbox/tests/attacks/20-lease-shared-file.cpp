// attack: takes leases, which make the kernel wait for this program when others open the file
// expect: syscall_denied
// stopped-by: seccomp
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
int main() {
    for (const char *path : {"/proc/self/exe", "/dev/null", "/etc/passwd", "/proc/self/fd/0", "/"})
        for (int kind : {F_RDLCK, F_WRLCK}) {
            int fd = open(path, O_RDONLY);
            if (fd >= 0 && !fcntl(fd, F_SETLEASE, kind)) { printf("GOT THROUGH: %s\n", path); return 1; }
        }
}
