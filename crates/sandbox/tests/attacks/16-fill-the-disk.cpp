// attack: fills every writable place with files of one block
// expect: exited
// stopped-by: filesystem
// exit: 0
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>
int main() {
    static char block[1 << 20];
    char path[64];
    long total = 0;
    for (const char *folder : {"/workspace", "/tmp", "/dev/shm"})
        for (int i = 0; i < 1000; i++) {
            snprintf(path, sizeof path, "%s/%d", folder, i);
            int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
            long done = fd < 0 ? 0 : write(fd, block, sizeof block);
            close(fd);
            if (done <= 0) break;
            total += done;
        }
    if (total > 301L << 20) { printf("GOT THROUGH: %ld\n", total); return 1; }
}
