// attack: folders as deep as can be, which whoever cleans up has to climb
// expect: exited | cpu_time_exceeded
// stopped-by: filesystem, cgroups, supervisor
// exit: 0
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>
int main() {
    int depth = 0;
    while (depth < 100000 && !mkdir("deeper", 0700) && !chdir("deeper")) depth++;
    char path[8192];
    printf("%d %d\n", depth, getcwd(path, sizeof path) != 0);
    if (depth == 100000) { puts("GOT THROUGH"); return 1; }
}
