// attack: locks a file that all cells share (a device node), so that another run sees the lock: a channel, or a way to block it
// expect: exited
// stopped-by: seccomp
// exit: 0
// at-once: 3
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <sys/file.h>
#include <unistd.h>
int main() {
    for (const char *path : {"/dev/null", "/dev/zero", "/dev/urandom"}) {
        int fd = open(path, O_RDWR);
        struct flock whole = {F_WRLCK, SEEK_SET, 0, 0, 0};
        bool by_flock = flock(fd, LOCK_EX | LOCK_NB) != 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
        bool by_fcntl = !fcntl(fd, F_GETLK, &whole) && whole.l_type != F_UNLCK;
        // A refusal by a filter says the same to everybody; a lock that another holds does not.
        int own = open("/tmp/own", O_CREAT | O_RDWR, 0600);
        if (by_flock && !flock(own, LOCK_EX | LOCK_NB)) { printf("GOT THROUGH: another run's flock on %s\n", path); return 1; }
        if (by_fcntl) { printf("GOT THROUGH: another run's lock on %s\n", path); return 1; }
        whole.l_type = F_WRLCK;
        fcntl(fd, F_SETLK, &whole);
    }
    usleep(2500000);
}
