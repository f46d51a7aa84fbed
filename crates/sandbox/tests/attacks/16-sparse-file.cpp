// attack: files of a terabyte by each call that can make one
// expect: output_exceeded
// stopped-by: rlimits
// stdin: 0
// stdin: 1
// stdin: 2
// stdin: 3
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    int way;
    if (scanf("%d", &way) != 1) return 2;
    int fd = open("/tmp/x", O_CREAT | O_RDWR, 0600);
    bool got = false;
    if (way == 0) got = !ftruncate(fd, 1L << 40);
    if (way == 1) got = !fallocate(fd, 0, 0, 1L << 40);
    if (way == 2) got = !fallocate(fd, FALLOC_FL_KEEP_SIZE, 1L << 40, 1L << 40) || !truncate("/tmp/x", 1L << 40);
    if (way == 3) got = pwrite(fd, "x", 1, 1L << 40) == 1;
    puts(got ? "GOT THROUGH" : "an error instead of the signal");
    return 1;
}
