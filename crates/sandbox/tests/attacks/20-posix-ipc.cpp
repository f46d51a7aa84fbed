// attack: POSIX shared memory and semaphores that outlive the run
// expect: exited | syscall_denied
// stopped-by: filesystem
// exit: 0
// runs: 2
#include <cstdio>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
int main() {
    if (shm_open("/letscode-attack-mark", O_RDWR, 0600) >= 0 || sem_open("/letscode-attack-mark", 0) != SEM_FAILED) { puts("GOT THROUGH"); return 1; }
    shm_open("/letscode-attack-mark", O_CREAT | O_RDWR, 0600);
    sem_open("/letscode-attack-mark", O_CREAT, 0600, 1);
}
