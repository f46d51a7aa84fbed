// attack: looks for anything at all in the root of a compiled program, which needs nothing but its locale and time zones
// expect: exited
// stopped-by: filesystem
// exit: 0
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <initializer_list>
#include <string>
#include <unistd.h>
int main() {
    for (const char *path : {"/lib", "/lib64", "/bin", "/home", "/root", "/var", "/work", "/opt", "/run", "/sys", "/etc/shadow"})
        if (!access(path, F_OK)) { printf("GOT THROUGH: %s\n", path); return 1; }
    const struct { const char *path, *names; } folders[] = {
        {"/", " . .. dev etc proc tmp usr workspace "}, {"/usr", " . .. lib share "}, {"/usr/share", " . .. zoneinfo "}, {"/usr/lib", " . .. locale "}, {"/usr/lib/locale", " . .. C.utf8 "}};
    for (auto &folder : folders) {
        DIR *open = opendir(folder.path);
        while (dirent *entry = open ? readdir(open) : 0)
            if (!strstr(folder.names, (" " + std::string(entry->d_name) + " ").c_str())) { printf("GOT THROUGH: %s\n", entry->d_name); return 1; }
    }
}
