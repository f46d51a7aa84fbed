//! Runs the filters without a kernel: each is a small program, which is interpreted here.

use libc::c_int;

use super::*;

const NATIVE: u32 = NATIVE_ARCHITECTURE;
/// `AUDIT_ARCH_I386`, of 32-bit calls.
const I386: u32 = 0x4000_0003;

const DENIED: u32 = libc::SECCOMP_RET_USER_NOTIF;
const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

fn refused(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno as u32
}

/// Interprets one filter, as the kernel does.
fn run(filter: &[seccompiler::sock_filter], data: &[u32; 16]) -> u32 {
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let statement = &filter[at];
        at += 1;
        let jump = |condition| {
            usize::from(if condition {
                statement.jt
            } else {
                statement.jf
            })
        };
        match statement.code {
            0x20 => accumulator = data[statement.k as usize / 4],
            0x54 => accumulator &= statement.k,
            0x05 => at += statement.k as usize,
            0x15 => at += jump(accumulator == statement.k),
            0x25 => at += jump(accumulator > statement.k),
            0x35 => at += jump(accumulator >= statement.k),
            0x06 => return statement.k,
            code => panic!("an instruction {code:#x} that the compiler never makes"),
        }
    }
}

/// Returns a policy's answer to a program's call.
fn answer_on(arch: u32, policy: &str, number: i64, args: &[u64]) -> u32 {
    strictest(&in_force(policy, Denial::Notify), arch, number, args)
}

/// Returns all filters that hold for a program: its launcher's and its own.
fn in_force(policy: &str, denial: Denial) -> Vec<BpfProgram> {
    let PolicyFilters {
        launcher, program, ..
    } = filters(policy, denial).unwrap();
    vec![launcher, program]
}

/// Returns the strictest of all filters' answers.
fn strictest(filters: &[BpfProgram], arch: u32, number: i64, args: &[u64]) -> u32 {
    let mut data = [0; 16];
    (data[0], data[1]) = (number as u32, arch);
    for (at, arg) in args.iter().enumerate() {
        data[4 + 2 * at] = *arg as u32;
        data[5 + 2 * at] = (*arg >> 32) as u32;
    }
    let answers = filters.iter().map(|filter| run(filter, &data));
    // By the signed value of the action, as the kernel orders them.
    answers
        .min_by_key(|answer| (*answer & 0xffff_0000) as i32)
        .unwrap()
}

fn answer(policy: &str, number: i64, args: &[u64]) -> u32 {
    answer_on(NATIVE, policy, number, args)
}

const ALL: [&str; 4] = ["native", "python", "javascript", "compiler"];

#[test]
fn new_calls_are_unknown_and_unlisted_ones_kill() {
    for policy in ALL {
        for number in [463, 500, 1000, 0x3fff_ffff] {
            let expected = refused(libc::ENOSYS);
            assert_eq!(answer(policy, number, &[]), expected, "{policy} {number}");
        }
        // Known and not listed; no call at all; x32; numbers that are negative.
        for number in [
            libc::SYS_ptrace,
            libc::SYS_mseal,
            400,
            0x4000_0000,
            0x4000_0001,
            -1,
        ] {
            assert_eq!(answer(policy, number, &[]), DENIED, "{policy} {number}");
        }
        for number in [libc::SYS_read, libc::SYS_write, 500] {
            assert_ne!(answer_on(I386, policy, number, &[]), ALLOW);
        }
        assert_eq!(answer_on(I386, policy, 20, &[]), DENIED);
        assert_eq!(answer(policy, libc::SYS_read, &[]), ALLOW);
    }
}

#[test]
fn memory_is_never_writable_and_executable() {
    const READ: u64 = 1;
    const WRITE: u64 = 2;
    const EXECUTE: u64 = 4;
    const ANONYMOUS: u64 = 0x22;
    const PRIVATE: u64 = 2;
    let eperm = refused(libc::EPERM);
    // Policy, protection, flags of mmap, answers of mmap and of mprotect.
    let table = [
        ("native", READ | WRITE, ANONYMOUS, ALLOW, ALLOW),
        ("native", READ | EXECUTE, ANONYMOUS, ALLOW, ALLOW),
        ("native", WRITE | EXECUTE, ANONYMOUS, eperm, eperm),
        ("native", READ | WRITE | EXECUTE, PRIVATE, eperm, eperm),
        ("python", READ | WRITE, ANONYMOUS, ALLOW, ALLOW),
        ("python", READ | EXECUTE, PRIVATE, ALLOW, eperm),
        ("python", READ | EXECUTE, ANONYMOUS, eperm, eperm),
        ("python", WRITE | EXECUTE, PRIVATE, eperm, eperm),
        ("compiler", READ | EXECUTE, PRIVATE, ALLOW, eperm),
        ("compiler", EXECUTE, ANONYMOUS, eperm, eperm),
        (
            "javascript",
            READ | WRITE | EXECUTE,
            ANONYMOUS,
            ALLOW,
            ALLOW,
        ),
    ];
    for (policy, protection, flags, mmap, mprotect) in table {
        let args = [0, 4096, protection, flags];
        let actual = answer(policy, libc::SYS_mmap, &args);
        assert_eq!(actual, mmap, "{policy} mmap {protection} {flags}");
        let actual = answer(policy, libc::SYS_mprotect, &args);
        assert_eq!(actual, mprotect, "{policy} mprotect {protection}");
    }
}

#[test]
fn arguments_decide() {
    let eperm = refused(libc::EPERM);
    let thread = 0x003d_0f00;
    // Call, arguments, answer to a program; the upper half of an int is arbitrary.
    let table: &[(i64, &[u64], u32)] = &[
        (libc::SYS_ioctl, &[0, 0x5401], ALLOW),
        (libc::SYS_ioctl, &[0, 0xdead_0000_5401], ALLOW),
        (libc::SYS_ioctl, &[0, 0x5412], DENIED),
        (libc::SYS_ioctl, &[0, 0x541c], DENIED),
        (libc::SYS_ioctl, &[0, 0xb701], DENIED),
        (libc::SYS_clone, &[thread], ALLOW),
        (libc::SYS_clone, &[thread | 0x1000_0000], DENIED),
        (libc::SYS_clone3, &[0, 88], refused(libc::ENOSYS)),
        (libc::SYS_prlimit64, &[0, 7], ALLOW),
        (libc::SYS_prlimit64, &[1, 7], DENIED),
        (libc::SYS_prlimit64, &[0, 7, 1 << 40], ALLOW),
        (libc::SYS_prlimit64, &[0, 4, 0], ALLOW),
        (libc::SYS_prlimit64, &[0, 4, 1 << 40], eperm),
        (libc::SYS_prlimit64, &[0, 0xdead_0000_0004, 8], eperm),
        (libc::SYS_mmap, &[0, 4096, 3, 0x22], ALLOW),
        (libc::SYS_mmap, &[0, 4096, 3, 0x4_0022], eperm),
        (libc::SYS_mmap, &[0, 4096, 3, 0x5404_0021], eperm),
        (libc::SYS_fsync, &[3], refused(0)),
        (libc::SYS_fdatasync, &[3], refused(0)),
        (libc::SYS_fadvise64, &[3, 0, 0, 4], refused(0)),
        (libc::SYS_fcntl, &[0, 2, 1], ALLOW),
        (libc::SYS_fcntl, &[0, 4, 0x800], ALLOW),
        (libc::SYS_fcntl, &[0, 4, 0x4000], DENIED),
        (libc::SYS_fcntl, &[0, 1024], DENIED),
        (libc::SYS_fcntl, &[0, 5], ALLOW),
        (libc::SYS_fcntl, &[0, 6], refused(0)),
        (libc::SYS_fcntl, &[0, 37], eperm),
        (libc::SYS_prctl, &[15], eperm),
        (libc::SYS_prctl, &[4, 1], eperm),
        (libc::SYS_socket, &[1, 0x80801, 0], refused(libc::EACCES)),
        (libc::SYS_socket, &[2, 0x80002, 0], refused(libc::EACCES)),
        (libc::SYS_socket, &[10, 2, 0], refused(libc::EACCES)),
        (libc::SYS_socket, &[16, 0x80003, 0], refused(libc::EACCES)),
        (libc::SYS_socket, &[2, 1, 0], DENIED),
        (libc::SYS_socket, &[2, 3, 1], DENIED),
        (libc::SYS_socket, &[17, 2, 0], DENIED),
        (libc::SYS_setxattr, &[], refused(libc::ENOTSUP)),
    ];
    for policy in ["native", "python", "javascript"] {
        for (number, args, expected) in table {
            let actual = answer(policy, *number, args);
            assert_eq!(actual, *expected, "{policy} {number} {args:x?}");
        }
    }
    #[cfg(target_arch = "x86_64")]
    for (option, expected) in [
        (0x1002, ALLOW),
        (0x1001, DENIED),
        (0x1012, DENIED),
        (0x3001, eperm),
    ] {
        let actual = answer("native", libc::SYS_arch_prctl, &[option]);
        assert_eq!(actual, expected, "arch_prctl {option:x}");
    }
}

/// Python's library starts programs by the way; nothing of the others' does.
#[test]
fn python_gets_an_error_for_processes() {
    let [fork, spawn, vfork] = [0x0120_0011, 0x4111, 17];
    for flags in [fork, spawn, vfork] {
        assert_eq!(
            answer("python", libc::SYS_clone, &[flags]),
            refused(libc::EPERM)
        );
        for policy in ["native", "javascript"] {
            assert_eq!(
                answer(policy, libc::SYS_clone, &[flags]),
                DENIED,
                "{policy}"
            );
        }
        let namespace = flags | libc::CLONE_NEWUSER as u64;
        assert_eq!(answer("python", libc::SYS_clone, &[namespace]), DENIED);
    }
    #[cfg(target_arch = "x86_64")]
    assert_eq!(answer("python", libc::SYS_vfork, &[]), refused(libc::EPERM));
}

#[test]
fn every_policy_compiles() {
    for name in policy_names() {
        let PolicyFilters {
            launcher, program, ..
        } = filters(name, Denial::Notify).unwrap_or_else(|error| panic!("{name}: {error}"));
        for filter in [launcher, program] {
            assert!(!filter.is_empty() && filter.len() <= 4096, "{name}");
        }
    }
}

#[test]
fn entries_need_a_reason() {
    let policy: SyscallPolicy =
        toml::from_str("[[allow]]\nsyscalls = [\"read\"]\nreason = \" \"").unwrap();
    let error = policy.check_reasons("test").unwrap_err();
    assert!(error.detail.contains("no reason for read"), "{error}");
}

#[test]
fn no_policy_allows_escape_calls() {
    let never = [
        "ptrace",
        "mount",
        "umount2",
        "pivot_root",
        "setns",
        "unshare",
        "bpf",
        "keyctl",
        "add_key",
        "request_key",
        "perf_event_open",
        "userfaultfd",
        "process_vm_readv",
        "process_vm_writev",
        "init_module",
        "finit_module",
        "kexec_load",
        "socket",
        "connect",
        "bind",
        "listen",
        "reboot",
        "swapon",
        "chroot",
        "open_by_handle_at",
        "mknod",
        "mknodat",
        "personality",
        "fork",
        "vfork",
    ];
    for name in ["native", "python", "javascript"] {
        let policy = SyscallPolicy::load(name).unwrap();
        for call in policy.allow.iter().flat_map(|entry| &entry.syscalls) {
            assert!(!never.contains(&call.as_str()), "{name} allows {call}");
        }
    }
}

/// Calls that only its launcher may make are taken from each program.
#[test]
fn launcher_and_program_filters_make_the_policy() {
    let flags = |flags: c_int| flags as u64;
    let thread = flags(libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND);
    let first = [
        0,
        1,
        1 << 32,
        flags(libc::SIGCHLD),
        flags(libc::CLONE_VM | libc::SIGCHLD),
        flags(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD),
        flags(libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD),
        flags(libc::CLONE_NEWUSER | libc::SIGCHLD),
        thread,
        thread | flags(libc::CLONE_NEWNET),
    ];
    let denials = [Denial::Kill, Denial::Notify];
    for (name, denial) in denials
        .into_iter()
        .flat_map(|denial| ALL.map(|name| (name, denial)))
    {
        let policy = SyscallPolicy::load(name).unwrap();
        let policy = policy.oracle(denial.by_program()).unwrap();
        let in_force = in_force(name, denial);
        for number in (0..=462).chain([-1, 0x4000_0038]) {
            for arg in first {
                for args in [
                    [arg, 0, 0, 0],
                    [0, arg, 0, 0],
                    [arg, 4, arg, arg],
                    [0, 0, 6, arg],
                ] {
                    assert_eq!(
                        strictest(&in_force, NATIVE, number, &args),
                        strictest(&policy, NATIVE, number, &args),
                        "{name} {denial:?} {number} {args:x?}"
                    );
                }
            }
        }
        assert_eq!(strictest(&in_force, I386, 20, &[]), denial.by_program());
    }
}

/// On its own, as a launcher has them, the filters carry out nothing that is denied.
#[test]
fn launchers_are_refused_what_is_denied() {
    let PolicyFilters { launcher, .. } = filters("native", Denial::Notify).unwrap();
    for number in [libc::SYS_ptrace, libc::SYS_mount, 400, 0x4000_0001, -1] {
        let answer = strictest(std::slice::from_ref(&launcher), NATIVE, number, &[]);
        assert_eq!(answer, libc::SECCOMP_RET_TRACE, "{number}");
    }
    assert_eq!(
        strictest(std::slice::from_ref(&launcher), I386, 20, &[]),
        libc::SECCOMP_RET_TRACE
    );
}

/// A program can't have a descriptor of the number for which the call is allowed.
#[test]
fn listeners_are_handed_over_where_no_program_can() {
    let channel = u64::from(LISTENER_CHANNEL.unsigned_abs());
    assert!(u64::from(crate::limits::MAX_LIMITS.open_files) <= channel);
    for policy in ALL {
        assert_eq!(answer(policy, libc::SYS_sendmsg, &[channel]), ALLOW);
        assert_eq!(answer(policy, libc::SYS_sendmsg, &[3]), DENIED);
        let killing = in_force(policy, Denial::Kill);
        let killed = strictest(&killing, NATIVE, libc::SYS_sendmsg, &[channel]);
        assert_eq!(killed, libc::SECCOMP_RET_KILL_PROCESS);
    }
}

#[test]
fn launchers_may_fork_and_change_user() {
    let PolicyFilters { launcher, .. } = filters("native", Denial::Notify).unwrap();
    let may =
        |number, arg| strictest(std::slice::from_ref(&launcher), NATIVE, number, &[arg]) == ALLOW;
    for number in [libc::SYS_setresuid, libc::SYS_setsid] {
        assert!(may(number, 0));
    }
    assert!(may(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER.into()));
    assert!(may(libc::SYS_clone, 0x111));
    assert!(!may(libc::SYS_clone, libc::CLONE_NEWUSER as u64 | 0x111));
    assert!(!may(libc::SYS_clone, 0x11));
}
