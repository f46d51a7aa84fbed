// attack: looks for the compiler's temporary files, the source, or a process that outlived the compile
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <initializer_list>
#include <unistd.h>
int main() {
    for (const char *folder : {"/tmp", "/workspace", "/proc"})
        if (DIR *open = opendir(folder))
            while (dirent *entry = readdir(open)) {
                const char *name = entry->d_name;
                if (name[0] == '.' || !strcmp(name, "self") || !strcmp(name, "thread-self") || atoi(name) == getpid()) continue;
                printf("GOT THROUGH: %s/%s\n", folder, name);
                return 1;
            }
}
