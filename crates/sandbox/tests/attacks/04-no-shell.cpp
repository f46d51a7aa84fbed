// attack: system() with shell characters
// expect: syscall_denied
// stopped-by: seccomp, filesystem
#include <cstdio>
#include <cstdlib>
int main() {
    int code = system("touch /tmp/letscode-attack-mark; echo $(id) `id`");
    printf("GOT THROUGH: %d\n", code);
    return 1;
}
