// attack: one call each, of those that escapes are made of
// expect: syscall_denied
// stopped-by: seccomp
// stdin: chroot
// stdin: mount
// stdin: mount-setattr
// stdin: umount
// stdin: pivot_root
// stdin: unshare-user
// stdin: unshare-time
// stdin: setns
// stdin: keyctl
// stdin: add_key
// stdin: request_key
// stdin: bpf
// stdin: perf_event_open
// stdin: userfaultfd
// stdin: personality
// stdin: open_by_handle_at
// stdin: name_to_handle_at
// stdin: open_tree
// stdin: move_mount
// stdin: fsopen
// stdin: modify_ldt
// stdin: kexec_load
// stdin: init_module
// stdin: finit_module
// stdin: acct
// stdin: swapon
// stdin: quotactl
// stdin: fanotify_init
// stdin: inotify_init
// stdin: shmget
// stdin: semget
// stdin: msgget
// stdin: mq_open
// stdin: ioprio_set
// stdin: mlockall
// stdin: process_vm_readv
// stdin: process_vm_writev
// stdin: pidfd_open
// stdin: pidfd_getfd
// stdin: pidfd_send_signal
// stdin: process_madvise
// stdin: kcmp
// stdin: prlimit-init
// stdin: seccomp
// stdin: landlock
// stdin: reboot
// stdin: sethostname
// stdin: clock_settime
// stdin: settimeofday
// stdin: adjtimex
// stdin: iopl
// stdin: ioperm
// stdin: syslog
// stdin: vhangup
// stdin: lookup_dcookie
// stdin: splice
// stdin: vmsplice
// stdin: tee
// stdin: io_setup
// stdin: timer_create
// stdin: timerfd_create
// stdin: signalfd
// stdin: memfd_secret
// stdin: move_pages
// stdin: migrate_pages
// stdin: remap_file_pages
// stdin: sendmsg
// stdin: bind
// stdin: connect
// stdin: capset
// stdin: setfsuid
// stdin: sched_setattr
// stdin: rt_tgsigqueueinfo
// stdin: listmount
// stdin: statmount
// stdin: lsm_set_self_attr
// stdin: cachestat
// stdin: number-without-a-call
// stdin: tkill
// stdin: mincore
// stdin: get_robust_list
// stdin: membarrier
// stdin: waitid
// stdin: openat2
// stdin: io_uring_setup
// stdin: io_uring_enter
// stdin: io_uring_register
// stdin: mlock
// stdin: mbind
// stdin: memfd_create
// stdin: epoll_create
// stdin: setrlimit
// stdin: add-seals
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
static const struct { const char *name; long number, a, b, c; } CALLS[] = {
    {"chroot", SYS_chroot, (long)"/tmp"}, {"mount", SYS_mount, (long)"none", (long)"/tmp", (long)"tmpfs"}, {"mount-setattr", 442, AT_FDCWD, (long)"/", 0},
    {"umount", SYS_umount2, (long)"/proc", 2}, {"pivot_root", SYS_pivot_root, (long)"/", (long)"/"}, {"unshare-user", SYS_unshare, CLONE_NEWUSER},
    {"unshare-time", SYS_unshare, 0x80}, {"setns", SYS_setns, 0, 0}, {"keyctl", SYS_keyctl, 0, -3}, {"add_key", SYS_add_key, (long)"user", (long)"x", 0},
    {"request_key", SYS_request_key, (long)"user", (long)"x", 0}, {"bpf", SYS_bpf, 5}, {"perf_event_open", SYS_perf_event_open}, {"userfaultfd", SYS_userfaultfd, 1},
    {"personality", SYS_personality, 0x0040000}, {"open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD}, {"name_to_handle_at", SYS_name_to_handle_at, AT_FDCWD, (long)"/"},
    {"open_tree", 428, AT_FDCWD, (long)"/", 1}, {"move_mount", 429}, {"fsopen", 430, (long)"tmpfs"}, {"modify_ldt", SYS_modify_ldt, 1}, {"kexec_load", SYS_kexec_load},
    {"init_module", SYS_init_module}, {"finit_module", SYS_finit_module}, {"acct", SYS_acct, (long)"/tmp/x"}, {"swapon", SYS_swapon, (long)"/tmp/x"},
    {"quotactl", SYS_quotactl}, {"fanotify_init", SYS_fanotify_init}, {"inotify_init", SYS_inotify_init1}, {"shmget", SYS_shmget, 0, 4096, 0600},
    {"semget", SYS_semget, 0, 1, 0600}, {"msgget", SYS_msgget, 0, 0600}, {"mq_open", SYS_mq_open, (long)"x", O_CREAT | O_RDWR, 0600}, {"ioprio_set", SYS_ioprio_set, 1, 0, 0x2000},
    {"mlockall", SYS_mlockall, 3}, {"process_vm_readv", SYS_process_vm_readv, 1}, {"process_vm_writev", SYS_process_vm_writev, 1}, {"pidfd_open", 434, 1},
    {"pidfd_getfd", 438, 0, 0}, {"pidfd_send_signal", 424, 0, 9}, {"process_madvise", 440}, {"kcmp", SYS_kcmp, 1, 1}, {"prlimit-init", SYS_prlimit64, 1, 7},
    {"seccomp", SYS_seccomp, 0}, {"landlock", 444}, {"reboot", SYS_reboot, 0xfee1dead, 672274793, 0x1234567}, {"sethostname", SYS_sethostname, (long)"x", 1},
    {"clock_settime", SYS_clock_settime, 0}, {"settimeofday", SYS_settimeofday}, {"adjtimex", SYS_adjtimex}, {"iopl", SYS_iopl, 3}, {"ioperm", SYS_ioperm, 0x60, 1, 1},
    {"syslog", SYS_syslog, 3}, {"vhangup", SYS_vhangup}, {"lookup_dcookie", SYS_lookup_dcookie}, {"splice", SYS_splice}, {"vmsplice", SYS_vmsplice}, {"tee", SYS_tee},
    {"io_setup", SYS_io_setup, 1}, {"timer_create", SYS_timer_create, 1}, {"timerfd_create", SYS_timerfd_create, 1}, {"signalfd", SYS_signalfd4, -1},
    {"memfd_secret", 447}, {"move_pages", SYS_move_pages, 1}, {"migrate_pages", SYS_migrate_pages, 1}, {"remap_file_pages", SYS_remap_file_pages},
    {"sendmsg", SYS_sendmsg, 1}, {"bind", SYS_bind, 1}, {"connect", SYS_connect, 1}, {"capset", SYS_capset}, {"setfsuid", SYS_setfsuid, 0},
    {"sched_setattr", SYS_sched_setattr}, {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, 1, 1, 9}, {"listmount", 458}, {"statmount", 457}, {"lsm_set_self_attr", 460},
    {"cachestat", 451}, {"number-without-a-call", 400},
    {"tkill", SYS_tkill, 1, 9}, {"mincore", SYS_mincore}, {"get_robust_list", SYS_get_robust_list, 1}, {"membarrier", SYS_membarrier, 1}, {"waitid", SYS_waitid},
    {"openat2", 437}, {"io_uring_setup", 425, 8}, {"io_uring_enter", 426}, {"io_uring_register", 427}, {"mlock", SYS_mlock}, {"mbind", SYS_mbind}, {"memfd_create", SYS_memfd_create, (long)"x"},
    {"epoll_create", SYS_epoll_create1}, {"setrlimit", SYS_setrlimit, 7}, {"add-seals", SYS_fcntl, 0, 1033, 8}};
int main() {
    char name[64];
    if (scanf("%63s", name) != 1) return 2;
    for (auto &call : CALLS)
        if (!strcmp(call.name, name)) {
            printf("GOT THROUGH: %ld\n", syscall(call.number, call.a, call.b, call.c, 0L, 0L));
            return 1;
        }
    puts("no such call in the table");
    return 2;
}
