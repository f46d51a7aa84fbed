// attack: makes copies of itself setuid, in every writable place, and executes them
// expect: exited
// stopped-by: landlock, filesystem, identity
// exit: 0
// stdin: /tmp
// stdin: /workspace
// stdin: /dev/shm
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int, char **argv) {
    if (!strcmp(argv[0], "again")) {
        if (getuid() != 1000 || geteuid() != 1000 || getegid() != 1000) { puts("GOT THROUGH"); return 1; }
        return 0;
    }
    char folder[64], path[80];
    if (scanf("%63s", folder) != 1) return 2;
    snprintf(path, sizeof path, "%s/copy", folder);
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_CREAT | O_WRONLY, 0700);
    while (sendfile(to, from, 0, 1 << 20) > 0) {}
    close(to);
    if (!chown(path, 0, 0)) { puts("GOT THROUGH: chown"); return 1; }
    chmod(path, 06777);
    execl(path, "again", (char *)0);
    perror("exec");
    return 0;
}
