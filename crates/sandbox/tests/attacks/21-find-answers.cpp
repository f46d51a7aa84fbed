// attack: looks for the answer in the descriptors around its input
// expect: Wrong Answer | Runtime Error
// stopped-by: filesystem, jail
// judge: aplusb
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    char text[4096];
    for (int fd = 3; fd < 1024; fd++) {
        long count = read(fd, text, sizeof text);
        if (count > 0) { (void)!write(1, text, count); return 0; }
    }
    snprintf(text, sizeof text, "/proc/self/fd/0");
    char link[512] = {0};
    (void)!readlink(text, link, 511);
    puts(link);
}
