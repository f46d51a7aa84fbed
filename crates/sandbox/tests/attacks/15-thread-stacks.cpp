// attack: many threads, each with a deep stack
// expect: memory_exceeded | signaled
// stopped-by: cgroups, rlimits
#include <pthread.h>
#include <unistd.h>
static int deeper(volatile char *above, int depth) {
    volatile char here[4096] = {above[0]};
    return depth ? deeper(here, depth - 1) + here[1] : 0;
}
static void *work(void *) {
    char start[1] = {1};
    deeper(start, 6000);
    sleep(60);
    return 0;
}
int main() {
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        pthread_create(&thread, 0, work, 0);
    }
    sleep(60);
}
