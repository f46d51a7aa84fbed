/* Prints everything that one run could have left for the next: two runs in cells that are as good as
 * new print the same. Nothing is printed that is different in each run by nature: process numbers,
 * device numbers of a tmpfs, the time. The first two lines alone say which cell it was, and which of
 * the processes that were ever in it this is. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static time_t now;

static void walk(const char *folder, int depth) {
    DIR *opened = opendir(folder);
    if (!opened) {
        printf("%s can't be opened\n", folder);
        return;
    }
    char *names[512];
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(opened)) && count < 512) names[count++] = strdup(entry->d_name);
    closedir(opened);
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            char *other = names[j];
            names[j] = names[j - 1], names[j - 1] = other;
        }
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat s;
        if (!strcmp(names[i], "..")) continue;
        snprintf(path, sizeof path, "%s/%s", strcmp(folder, "/") ? folder : "", names[i]);
        if (lstat(path, &s)) continue;
        /* A program's own files are from now on or from before: never from some other time. */
        int is_ours = !strncmp(path, "/tmp", 4) || !strncmp(path, "/workspace", 10);
        int is_fresh = !is_ours || (llabs(now - s.st_mtime) < 600 && llabs(now - s.st_atime) < 600);
        printf("%s %o %u:%u %lu %ld %s\n", path, s.st_mode, s.st_uid, s.st_gid, (long)s.st_nlink,
               S_ISREG(s.st_mode) ? (long)s.st_size : 0L, is_fresh ? "" : "of another time");
        if (S_ISDIR(s.st_mode) && strcmp(names[i], ".") && depth < 8)
            walk(path, depth + 1);
    }
}

static void show(const char *path) {
    char line[4096];
    FILE *file = fopen(path, "r");
    printf("%s:%s\n", path, file ? "" : " absent");
    while (file && fgets(line, sizeof line, file)) printf("  %s", line);
    if (file) fclose(file);
}

/* Lines that say something of what a program may change. */
static void show_status(void) {
    const char *told[] = {"Name", "Umask", "Uid", "Gid", "FDSize", "Groups", "VmLck", "VmPin", "CoreDumping", "THP_enabled", "Threads",
                          "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Cap", "NoNewPrivs", "Seccomp", "Speculation",
                          "Cpus_allowed", "Mems_allowed"};
    char line[4096];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        for (unsigned i = 0; i < sizeof told / sizeof *told; i++)
            if (!strncmp(line, told[i], strlen(told[i]))) {
                printf("status %s", line);
                break;
            }
    if (file) fclose(file);
}

/* Without the numbers of mounts and devices. */
static void show_mounts(void) {
    char line[4096];
    FILE *file = fopen("/proc/self/mountinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *rest = line;
        for (int i = 0; i < 3 && rest; i++) rest = strchr(rest, ' ') ? strchr(rest, ' ') + 1 : NULL;
        printf("mount %s", rest ? rest : "?\n");
    }
    if (file) fclose(file);
}

int main(int argc, char **argv) {
    char cell[256] = "";
    now = time(NULL);
    if (readlink("/proc/self/ns/pid", cell, sizeof cell - 1) < 0) strcpy(cell, "unknown");
    printf("%s\n%d\n", cell, getpid());
    /* First of all what looking changes. */
    printf("alarm %u\n", alarm(0));
    for (int which = 0; which < 3; which++) {
        struct itimerval timer;
        getitimer(which, &timer);
        printf("timer %d %ld %ld\n", which, (long)timer.it_value.tv_sec, (long)timer.it_value.tv_usec);
    }
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (!sigaction(number, NULL, &action))
            printf("signal %d %s\n", number, action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "caught");
    }
    sigset_t blocked, pending;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigpending(&pending);
    for (int number = 1; number < 65; number++)
        if (sigismember(&blocked, number) == 1 || sigismember(&pending, number) == 1) printf("signal %d blocked or pending\n", number);
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("signal stack %d\n", stack.ss_flags);
    mode_t mask = umask(0);
    printf("umask %o\n", mask);
    char where[4096] = "nowhere";
    getcwd(where, sizeof where);
    printf("folder %s\n", where);
    for (int i = 0; i < argc; i++) printf("argument %s\n", argv[i]);
    for (char **one = environ; *one; one++) printf("environment %s\n", *one);
    for (int number = 0; number < 256; number++)
        if (fcntl(number, F_GETFD) >= 0)
            printf("descriptor %d %o %ld\n", number, fcntl(number, F_GETFL), (long)lseek(number, 0, SEEK_CUR) > 0 && number ? -2L : (long)lseek(number, 0, SEEK_CUR));
    for (int kind = 0; kind < RLIM_NLIMITS; kind++) {
        struct rlimit limit;
        if (!getrlimit(kind, &limit)) printf("limit %d %ld %ld\n", kind, (long)limit.rlim_cur, (long)limit.rlim_max);
    }
    cpu_set_t processors;
    sched_getaffinity(0, sizeof processors, &processors);
    printf("processors %d\n", CPU_COUNT(&processors));
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    printf("children %ld %ld\n", (long)children.ru_utime.tv_sec, children.ru_maxrss);
    printf("leads its session %d and group %d, parent %d\n", getsid(0) == getpid(), getpgrp() == getpid(), getppid());
    const char *files[] = {"/proc/self/oom_score_adj", "/proc/self/coredump_filter", "/proc/self/timerslack_ns",
                           "/proc/self/comm", "/proc/self/limits", "/proc/self/cgroup", "/proc/self/uid_map",
                           "/proc/self/setgroups", "/proc/self/personality", "/proc/locks",
                           "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg", "/proc/keys", "/proc/sys/kernel/hostname"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) show(files[i]);
    /* Its number is the machine's: each session has another. */
    char group[256] = "absent";
    FILE *autogroup = fopen("/proc/self/autogroup", "r");
    if (autogroup && fgets(group, sizeof group, autogroup)) printf("autogroup%s", strchr(group, ' '));
    if (autogroup) fclose(autogroup);
    show_status();
    show_mounts();
    int processes = 0;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) processes += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    if (proc) closedir(proc);
    printf("processes %d\n", processes);
    const char *places[] = {"/tmp", "/workspace", "/"};
    for (int i = 0; i < 3; i++) {
        struct statfs s;
        statfs(places[i], &s);
        printf("%s has %ld of %ld blocks, %ld of %ld files, flags %lx\n", places[i], (long)s.f_bfree, (long)s.f_blocks, (long)s.f_ffree, (long)s.f_files, (long)s.f_flags);
    }
    /* The root itself can't be listed. */
    const char *roots[] = {"/tmp", "/workspace", "/dev", "/dev/shm", "/run", "/var/tmp", "/usr"};
    for (int i = 0; i < 7; i++) walk(roots[i], 0);
    return 0;
}
