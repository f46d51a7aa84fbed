// attack: leaves its session and process group, to be missed by a kill of the group
// expect: exited
// stopped-by: seccomp, namespaces
// exit: 0
#include <cstdio>
#include <unistd.h>
int main() {
    if (setsid() != -1 || !setpgid(0, 0) || !setpgid(0, 1)) { puts("GOT THROUGH"); return 1; }
}
