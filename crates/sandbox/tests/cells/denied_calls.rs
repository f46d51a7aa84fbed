//! Denied system calls are named, whoever makes them and whatever else the program does meanwhile.

use std::time::{Duration, Instant};

use letscode_sandbox::{DeniedSyscall, Outcome, RunResult, StdStream};

use super::support::*;

fn run(body: &str) -> RunResult {
    jail().run(launch(&c(body))).unwrap()
}

/// Runs C code that makes a denied call, and returns it.
#[track_caller]
fn denied(body: &str) -> DeniedSyscall {
    let result = run(body);
    assert_eq!(result.outcome, Outcome::SyscallDenied, "{body}");
    result.denied_call.expect("the call is named")
}

#[test]
fn denied_calls_are_named_with_their_arguments() {
    let table = [
        ("syscall(SYS_socket, 2, 1, 6)", "socket", &[2, 1, 6][..]),
        ("fork()", "clone", &[0x0120_0011]),
        ("vfork()", "vfork", &[]),
        ("syscall(SYS_ptrace, 16, 1, 2, 3)", "ptrace", &[16, 1, 2, 3]),
        (
            "syscall(SYS_mount, 1, 2, 3, 4, 5)",
            "mount",
            &[1, 2, 3, 4, 5],
        ),
        (
            "syscall(SYS_io_uring_setup, 8, 0)",
            "io_uring_setup",
            &[8, 0],
        ),
        // Calls that the launcher may make.
        (
            "syscall(SYS_clone, 0x10000011, 1, 2, 3, 4)",
            "clone",
            &[0x1000_0011, 1, 2, 3, 4],
        ),
        ("syscall(SYS_clone, 0x111, 0)", "clone", &[0x111, 0]),
        ("syscall(SYS_seccomp, 1, 8, 5)", "seccomp", &[1, 8, 5]),
        ("syscall(SYS_capset, 7, 8)", "capset", &[7, 8]),
        ("syscall(SYS_sendmsg, 1, 2, 3)", "sendmsg", &[1, 2, 3]),
        (
            "syscall(400, -1L, 1L << 40)",
            "syscall-400",
            &[u64::MAX, 1 << 40],
        ),
        ("syscall(0x40000000 | 41, 9)", "x32-socket", &[9]),
        ("syscall(-1, 3)", "syscall--1", &[3]),
        #[cfg(target_arch = "x86_64")]
        (
            r#"asm volatile("int $0x80" :: "a"(102), "b"(5), "c"(6) : "memory")"#,
            "i386-socketcall",
            &[5, 6],
        ),
    ];
    for (body, name, arguments) in table {
        let call = denied(body);
        assert_eq!(call.name, name, "{body}");
        assert_eq!(&call.arguments[..arguments.len()], arguments, "{body}");
    }
}

#[test]
fn nothing_that_a_program_does_keeps_its_call_from_ending_it() {
    let programs = [
        // All signals blocked, and SIGSYS handled.
        "sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0);
         signal(SIGSYS, (void (*)(int))exit); syscall(SYS_ptrace, 0); puts(\"alive\"); for (;;) pause()",
        // From a thread, while the others compute.
        "void *spin(void *x) { for (;;) {} } void *call(void *x) { usleep(20000); syscall(SYS_ptrace, 0); puts(\"alive\"); return 0; }
         pthread_t t; pthread_create(&t, 0, spin, 0); pthread_create(&t, 0, call, 0); pthread_join(t, 0)",
        // From forty threads at once.
        "void *call(void *x) { for (;;) { syscall(SYS_ptrace, 0); puts(\"alive\"); } }
         pthread_t t[40]; for (int i = 0; i < 40; i++) pthread_create(t + i, 0, call, 0); for (;;) pause()",
        // Interrupted all the time, by its own timer.
        "void on(int s) {} struct sigaction a = {.sa_handler = on}; sigaction(SIGALRM, &a, 0);
         long often[] = {0, 50, 0, 50}; syscall(SYS_setitimer, 0, often, 0);
         for (;;) syscall(SYS_ptrace, 0)",
        // Its main thread has ended.
        "void *call(void *x) { usleep(20000); syscall(SYS_ptrace, 0); puts(\"alive\"); return 0; }
         pthread_t t; pthread_create(&t, 0, call, 0); pthread_exit(0)",
        // While it writes more than it may.
        "void *call(void *x) { usleep(1000); syscall(SYS_ptrace, 0); puts(\"alive\"); return 0; }
         pthread_t t; pthread_create(&t, 0, call, 0); for (;;) write(2, main, 512)",
    ];
    for body in programs {
        let began = Instant::now();
        let mut result = run(body);
        assert_eq!(result.outcome, Outcome::SyscallDenied, "{body}");
        assert!(!text(&mut result.stdout).contains("alive"), "{body}");
        if let Some(call) = result.denied_call {
            assert_eq!(call.name, "ptrace");
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{body}");
    }
}

/// In cells whose programs start processes, the call of any of them ends all.
#[test]
fn calls_of_children_end_the_whole_program() {
    let compiler = letscode_sandbox::CellProfile {
        name: "compiler".into(),
        policy: "compiler".into(),
        ..native_profile()
    };
    let jail = start_jail(vec![compiler]);
    let run = |body: &str| {
        let program = c(&format!("alarm(20); {body}"));
        jail.run(letscode_sandbox::RunRequest {
            profile: "compiler",
            ..launch(&program)
        })
        .unwrap()
    };
    let programs = [
        "if (vfork() == 0) { syscall(SYS_ptrace, 0); _exit(0); } puts(\"alive\"); fflush(stdout); pause()",
        "if (fork() == 0) { usleep(2000); syscall(SYS_ptrace, 0); puts(\"alive\"); } for (;;) write(2, main, 512)",
        "for (int i = 0; i < 20; i++) if (fork() == 0) for (;;) syscall(SYS_ptrace, 0); pause()",
    ];
    for body in programs {
        let mut result = run(body);
        assert_eq!(result.outcome, Outcome::SyscallDenied, "{body}");
        assert_eq!(result.denied_call.unwrap().name, "ptrace", "{body}");
        assert_eq!(text(&mut result.stdout), "", "{body}");
    }
    // The main process has ended before: what it left behind is killed, and holds up nothing.
    let began = Instant::now();
    let late = run("if (fork() == 0) { usleep(300000); syscall(SYS_ptrace, 0); }");
    assert_eq!(late.outcome, EXITED);
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// Who holds the listener could answer the calls of its program.
#[test]
fn programs_have_no_descriptor_but_their_streams() {
    let mut result =
        run("for (int i = 0; i < 4096; i++) if (fcntl(i, F_GETFD) >= 0) printf(\"%d \", i)");
    assert_eq!(text(&mut result.stdout), "0 1 2 ");
}

/// A kept cell hands over a listener for every run, and none is left.
#[test]
fn kept_cells_name_calls_and_leak_nothing() {
    let (honest, hostile) = (
        c("puts(\"x\")"),
        c("puts(\"x\"); fflush(stdout); syscall(SYS_mount, 1)"),
    );
    for round in 0..40 {
        for _ in 0..10 {
            let result = jail().run(launch(&honest)).unwrap();
            assert_eq!((result.outcome, result.denied_call), (EXITED, None));
        }
        let mut result = jail().run(launch(&hostile)).unwrap();
        assert_eq!(result.outcome, Outcome::SyscallDenied, "{round}");
        assert_eq!(result.denied_call.unwrap().name, "mount", "{round}");
        assert_eq!(text(&mut result.stdout), "x\n");
    }
}

/// Without its supervisor a held call returns an error or its process is dead, and it is never
/// carried out.
#[test]
fn nothing_is_carried_out_when_the_supervisor_is_killed() {
    let (ours, theirs) = std::io::pipe().unwrap();
    // A call that would be seen: the program's own supervisor would end it at once, so that one is
    // stopped meanwhile.
    let program = c("puts(\"begun\"); fflush(stdout); sleep(1);
        long made = syscall(SYS_ptrace, 0, 0, 0, 0); if (made < 0 && errno != ENOSYS) made = 0;
        printf(\"%s\", made >= 0 ? \"carried out\" : \"refused\"); fflush(stdout)");
    let jail = start_jail(vec![native_profile()]);
    let running = jail
        .launch(letscode_sandbox::RunRequest {
            stdout: StdStream::Fd(std::os::fd::AsFd::as_fd(&theirs)),
            ..launch(&program)
        })
        .unwrap();
    drop(theirs);
    let mut reader = std::io::BufReader::new(ours);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
    assert_eq!(line, "begun\n");
    let supervisors = descendants(jail.helper_pid(), 2);
    signal_all(&supervisors, "STOP");
    std::thread::sleep(Duration::from_millis(1300));
    signal_all(&supervisors, "KILL");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut reader, &mut rest).unwrap();
    assert!(!rest.contains("carried out"), "{rest}");
    assert!(running.wait().is_err());
}

/// Returns the processes so many generations below another.
pub fn descendants(ancestor: u32, generations: u32) -> Vec<u32> {
    let children = format!("/proc/{ancestor}/task/{ancestor}/children");
    let children = std::fs::read_to_string(children).unwrap_or_default();
    let children: Vec<u32> = children
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect();
    if generations == 1 {
        return children;
    }
    children
        .into_iter()
        .flat_map(|child| descendants(child, generations - 1))
        .collect()
}

fn signal_all(processes: &[u32], signal: &str) {
    assert!(!processes.is_empty());
    for process in processes {
        let status = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &process.to_string()])
            .status();
        assert!(status.unwrap().success());
    }
}
