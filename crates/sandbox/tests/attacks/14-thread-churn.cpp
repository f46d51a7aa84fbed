// attack: makes threads faster than they can be reaped
// expect: cpu_time_exceeded | wall_time_exceeded
// stopped-by: supervisor, cgroups
#include <pthread.h>
static void *nothing(void *) { return 0; }
int main() {
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, 1 << 16);
    for (pthread_t thread;;) pthread_create(&thread, &detached, nothing, 0);
}
