// attack: its main thread is gone, another sleeps on
// expect: wall_time_exceeded
// stopped-by: supervisor
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
static void *nap(void *) { for (;;) pause(); }
int main() {
    pthread_t thread;
    pthread_create(&thread, 0, nap, 0);
    syscall(SYS_exit, 0);
}
