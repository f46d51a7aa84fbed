// attack: traces itself, its parent, the init
// expect: syscall_denied
// stopped-by: seccomp
// stdin: 0 0
// stdin: 16 1
// stdin: 16902 1
// stdin: 16902 2
#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    long request, pid;
    if (scanf("%ld %ld", &request, &pid) != 2) return 2;
    printf("GOT THROUGH: %ld\n", syscall(SYS_ptrace, request, pid, 0, 0));
    return 1;
}
