// attack: leaves marks in files, in the standard streams' flags, in the clock of the device nodes and in the terminal
// expect: exited
// stopped-by: filesystem, jail
// exit: 0
// runs: 2
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <sys/stat.h>
#include <unistd.h>
int main() {
    for (const char *path : {"/tmp/letscode-attack-mark", "/workspace/letscode-attack-mark", "/letscode-attack-mark"}) {
        if (!access(path, F_OK)) { printf("GOT THROUGH: %s\n", path); return 1; }
        close(open(path, O_CREAT | O_WRONLY, 0600));
    }
    if (fcntl(0, F_GETFL) & O_APPEND || lseek(0, 0, SEEK_CUR) != 0) { puts("GOT THROUGH: by the input"); return 1; }
    fcntl(0, F_SETFL, O_APPEND);
    lseek(0, 1, SEEK_SET);
    struct stat before;
    timespec mark[2] = {{12345, 0}, {12345, 0}};
    for (const char *path : {"/dev/null", "/dev/zero", "/proc/self/exe", "/proc/self/fd/0", "/etc/passwd", "/"}) {
        if (!stat(path, &before) && before.st_mtim.tv_sec == 12345) { printf("GOT THROUGH: time of %s\n", path); return 1; }
        utimensat(AT_FDCWD, path, mark, 0);
    }
}
