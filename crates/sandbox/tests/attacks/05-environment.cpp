// attack: reads beyond its own environment on the stack, and the environment files of its elders
// expect: exited
// stopped-by: jail, namespaces, filesystem
// exit: 0
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <unistd.h>
extern char **environ;
int main() {
    int count = 0;
    for (char **entry = environ; *entry; entry++, count++) puts(*entry);
    if (count != 4) { printf("GOT THROUGH: %d variables\n", count); return 1; }
    // Whatever the exec left above the environment strings, up to the end of the stack.
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long low, high;
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]") && sscanf(line, "%lx-%lx", &low, &high) == 2)
            for (const char *at = environ[0]; at + 7 < (char *)high; at++)
                if (!memcmp(at, "hunter", 6)) { puts("GOT THROUGH: a secret on the stack"); return 1; }
    for (int pid : {1, (int)getppid(), 2, 3}) {
        snprintf(line, sizeof line, "/proc/%d/environ", pid);
        FILE *file = pid && pid != getpid() ? fopen(line, "r") : 0;
        if (file) { printf("GOT THROUGH: %s\n", line); return 1; }
    }
}
