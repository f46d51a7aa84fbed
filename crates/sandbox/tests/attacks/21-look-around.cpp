// attack: looks for anything at all in the root of a compiled program, which needs nothing
// expect: exited
// stopped-by: filesystem
// exit: 0
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <initializer_list>
#include <unistd.h>
int main() {
    DIR *root = opendir("/");
    for (const char *path : {"/usr", "/lib", "/lib64", "/bin", "/home", "/root", "/var", "/work", "/opt", "/run", "/sys", "/etc/shadow"})
        if (!access(path, F_OK)) { printf("GOT THROUGH: %s\n", path); return 1; }
    while (dirent *entry = root ? readdir(root) : 0) {
        bool known = false;
        for (const char *name : {".", "..", "dev", "etc", "proc", "tmp", "workspace"}) known |= !strcmp(entry->d_name, name);
        if (!known) { printf("GOT THROUGH: %s\n", entry->d_name); return 1; }
    }
}
