// attack: no stack limit, so that mappings lie where they are expected, and then a program with arguments as large as a stack
// expect: exited
// stopped-by: kernel
// exit: 0
#include <cstdio>
#include <cstring>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
int main(int count, char **) {
    rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_STACK, &none)) return 1;
    if (count > 1) return 0;
    std::string text(100000, 'x');
    static char *arguments[2000];
    for (int i = 0; i < 1000; i++) arguments[i] = text.data();
    execv("/proc/self/exe", arguments);
    rlimit small = {4096, 4096};
    setrlimit(RLIMIT_STACK, &small);
    arguments[2] = 0;
    execv("/proc/self/exe", arguments);
}
