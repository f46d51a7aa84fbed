// attack: another thread than the first executes a program, which changes who the main thread is
// expect: exited
// stopped-by: supervisor, namespaces
// exit: 7
#include <cstring>
#include <pthread.h>
#include <unistd.h>
static void *become(void *) {
    execl("/proc/self/exe", "again", (char *)0);
    return 0;
}
int main(int, char **argv) {
    if (!strcmp(argv[0], "again")) return 7;
    pthread_t thread;
    pthread_create(&thread, 0, become, 0);
    for (;;) pause();
}
