// attack: changes its input file, which other runs of the same test may be reading, through a descriptor that it opens again for writing
// expect: exited
// stopped-by: jail
// exit: 0
// stdin: untouched
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
int main() {
    int again = open("/proc/self/fd/0", O_RDWR);
    fchmod(0, 0777);
    for (int fd : {0, again}) {
        if (fd < 0) continue;
        if (pwrite(fd, "owned", 5, 0) > 0 || !ftruncate(fd, 0) || !ftruncate(fd, 1 << 20) || !fallocate(fd, 0, 0, 1 << 20) ||
            mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) {
            printf("GOT THROUGH: %d\n", fd);
            return 1;
        }
    }
    char text[10] = {0};
    if (pread(0, text, 9, 0) != 9 || strcmp(text, "untouched")) { printf("GOT THROUGH: it reads %s\n", text); return 1; }
}
