// attack: changes its own executable, which is the same file for every run of the submission
// expect: syscall_denied | exited
// stopped-by: seccomp, jail
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
int main() {
    for (const char *path : {"/proc/self/exe", "/proc/thread-self/exe"}) {
        int reader = open(path, O_RDONLY);
        void *shared = mmap(0, 4096, PROT_READ, MAP_SHARED, reader, 0);
        if (open(path, O_RDWR) >= 0 || !truncate(path, 0) || !chmod(path, 0777) || !mprotect(shared, 4096, PROT_READ | PROT_WRITE)) {
            printf("GOT THROUGH: %s\n", path);
            return 1;
        }
    }
    if (fcntl(open("/proc/self/exe", O_RDONLY), F_ADD_SEALS, 0) == 0) puts("GOT THROUGH: seals");
}
