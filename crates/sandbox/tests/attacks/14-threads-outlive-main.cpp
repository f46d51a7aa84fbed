// attack: ends its main thread while another one works on
// expect: cpu_time_exceeded
// stopped-by: supervisor, cgroups
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
static void *work(void *) { for (;;) asm volatile(""); }
int main() {
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    syscall(SYS_exit, 0);
}
