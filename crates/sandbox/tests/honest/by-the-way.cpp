// honest: library calls that make a socket or a lock by the way, and how many cores there are
// stdout: cell cell 1 1 1
#include <bits/stdc++.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <pwd.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/sysinfo.h>
#include <syslog.h>
#include <unistd.h>
int main() {
    syslog(LOG_INFO, "nobody listens");
    ifaddrs* list;
    bool alone = getifaddrs(&list) != 0 && !getpwnam("nobody-at-all");
    int file = open("own", O_CREAT | O_RDWR, 0600);
    struct flock whole = {F_WRLCK, SEEK_SET, 0, 0, 0};
    bool locked = !flock(file, LOCK_EX) && !lockf(file, F_LOCK, 0) && !fcntl(file, F_GETLK, &whole) && whole.l_type == F_UNLCK;
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    int cores = CPU_COUNT(&set);
    bool same = cores == (int)std::thread::hardware_concurrency() && cores == get_nprocs() && cores == sysconf(_SC_NPROCESSORS_ONLN);
    std::cout << getpwuid(getuid())->pw_name << ' ' << getgrgid(getgid())->gr_name << ' ' << alone << ' ' << locked << ' ' << same << '\n';
}
