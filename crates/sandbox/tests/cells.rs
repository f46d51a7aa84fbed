//! Tests of real cells on this machine's kernel: input, output and outcome.

#![allow(clippy::unwrap_used)]

#[path = "cells/denied_calls.rs"]
mod denied_calls;
mod support;
#[path = "cells/watch.rs"]
mod watch;

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use letscode_sandbox::{
    CellProfile, CollectFile, InputFile, Outcome, RootPart, RunRequest, StdStream,
};
use support::{EXITED, c, input, launch, native_profile, run, start_jail, text};

#[test]
fn input_output_and_exit_code_pass_through() {
    let program = c(
        "int n; while ((n = getchar()) != EOF) putchar(n + 1); fputs(\"oops\", stderr); return 7",
    );
    let stdin = input(b"HAL");
    let mut done = run(RunRequest {
        stdin: StdStream::Fd(stdin.as_fd()),
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::Exited { code: 7 });
    assert_eq!(text(&mut done.stdout), "IBM");
    assert_eq!(text(&mut done.stderr), "oops");
    assert!(done.usage.cpu_time < Duration::from_millis(500));
    assert!(done.usage.memory_bytes < 16 << 20, "{:?}", done.usage);
}

#[test]
fn standard_streams_can_be_reopened_by_path() {
    let program = c(
        "FILE *in = fopen(\"/dev/stdin\", \"r\"); FILE *out = fopen(\"/dev/stdout\", \"w\"); \
        if (!in || !out) return errno; char line[9]; fgets(line, 9, in); fputs(line, out)",
    );
    let stdin = input(b"through");
    let mut done = run(RunRequest {
        stdin: StdStream::Fd(stdin.as_fd()),
        ..launch(&program)
    });
    assert_eq!(done.outcome, EXITED);
    assert_eq!(text(&mut done.stdout), "through");
}

#[test]
fn arguments_and_environment_are_passed_exactly() {
    let program = c(
        "extern char **environ; for (int i = 0; i < argc; i++) puts(argv[i]); \
        for (char **e = environ; *e; e++) puts(*e)",
    );
    let mut done = run(RunRequest {
        argv: vec!["p".into(), "$(id)".into(), "a;b\nc".into()],
        env: vec![("ONLY".into(), "this one".into())],
        ..launch(&program)
    });
    assert_eq!(text(&mut done.stdout), "p\n$(id)\na;b\nc\nONLY=this one\n");
}

#[test]
fn programs_have_no_privileges_and_see_no_host() {
    let program = c(r#"
        printf("%d %d %d\n", getuid(), getgid(), getpid() > 1);
        char host[9] = {0}; gethostname(host, 8); puts(host);
        printf("%d %d %d %d\n", access("/etc/shadow", F_OK), access("/home", F_OK), access("/root", F_OK), access("/sys/kernel", F_OK));
        printf("%d %d\n", access("/proc/1/maps", F_OK), access("/proc/sys", F_OK));
        printf("%d\n", open("/x", O_CREAT | O_WRONLY, 0600));
        char line[256]; FILE *f = fopen("/proc/self/status", "r");
        while (fgets(line, 256, f)) if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNew", 5)) fputs(line, stdout)"#);
    let mut done = run(launch(&program));
    assert_eq!(done.outcome, EXITED);
    let none = "\t0000000000000000\n";
    assert_eq!(
        text(&mut done.stdout),
        format!(
            "1000 1000 1\ncell\n-1 -1 -1 -1\n-1 -1\n-1\nCapInh:{none}CapPrm:{none}CapEff:{none}CapBnd:{none}CapAmb:{none}NoNewPrivs:\t1\n"
        )
    );
}

#[test]
fn only_three_descriptors_are_open() {
    let program =
        c("for (int i = 0; i < 1024; i++) if (fcntl(i, F_GETFD) >= 0) printf(\"%d \", i)");
    // A descriptor that the service's parent left open: it must not reach the helper either.
    let leak = File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let mut done = start_jail(vec![native_profile()])
        .run(launch(&program))
        .unwrap();
    assert_eq!(text(&mut done.stdout), "0 1 2 ");
}

#[test]
fn signals_are_reported() {
    for (body, signal) in [
        ("abort()", libc::SIGABRT),
        ("*(volatile int *)8 = 1", libc::SIGSEGV),
        ("raise(SIGTERM)", libc::SIGTERM),
        ("raise(SIGKILL)", libc::SIGKILL),
        // The signal for denied calls, which it sends to itself.
        ("raise(SIGSYS)", libc::SIGSYS),
        ("kill(getpid(), SIGSYS)", libc::SIGSYS),
    ] {
        let program = c(body);
        assert_eq!(
            run(launch(&program)).outcome,
            Outcome::Signaled { signal },
            "{body}"
        );
    }
}

#[test]
fn unlisted_calls_end_the_program() {
    for body in [
        "socket(2, 1, 0)",
        "fork()",
        "syscall(SYS_ptrace, 0, 0, 0, 0)",
        "syscall(SYS_bpf, 0, 0, 0)",
        "syscall(SYS_unshare, 0x10000000)",
        "syscall(SYS_mount, 0, 0, 0, 0, 0)",
        "syscall(0x40000000 + 1, 1, \"x\", 1)",
    ] {
        let program = c(body);
        assert_eq!(
            run(launch(&program)).outcome,
            Outcome::SyscallDenied,
            "{body}"
        );
    }
}

/// Their numbers would run out, and a cell would hold what belongs to others.
#[test]
fn cells_hold_no_descriptors_of_earlier_ones() {
    let jail = start_jail(vec![native_profile()]);
    jail.prepare("native", 6).unwrap();
    let open = |pid: &u32| std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let supervisors = denied_calls::descendants(jail.helper_pid(), 2);
        let counts: Vec<usize> = supervisors.iter().map(open).collect();
        if counts.len() == 6 && counts.iter().all(|count| *count == counts[0]) {
            return;
        }
        assert!(Instant::now() < deadline, "{counts:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn files_go_in_and_come_out_by_descriptor() {
    let program = c(
        r#"char b[64] = {0}; int f = open("in/data.txt", O_RDONLY); read(f, b, 63);
        f = open("out", O_CREAT | O_WRONLY, 0644); write(f, b, strlen(b)); write(f, "!", 1);
        symlink("/etc/passwd", "link"); mkfifo("fifo", 0600); mkdir("folder", 0700);
        f = open("large", O_CREAT | O_WRONLY, 0644); ftruncate(f, 4096)"#,
    );
    let contents = input(b"hello");
    let names = [
        "out",
        "absent",
        "link",
        "folder",
        "large",
        "../etc/passwd",
        "/etc/passwd",
    ];
    let done = run(RunRequest {
        files: vec![InputFile {
            name: "in/data.txt",
            contents: contents.as_fd(),
            executable: false,
        }],
        collect: names
            .map(|name| CollectFile {
                name,
                max_bytes: 100,
            })
            .to_vec(),
        ..launch(&program)
    });
    let present: Vec<bool> = done.collected.iter().map(Option::is_some).collect();
    assert_eq!(
        present,
        [true, false, false, false, false, false, false],
        "{:?}",
        done.outcome
    );
    let mut text = String::new();
    done.collected[0]
        .as_ref()
        .unwrap()
        .open()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "hello!");
}

/// Only Landlock prevents it: the mounts allow it, and execve is in every policy.
#[test]
fn written_files_cannot_be_executed() {
    let program = c(
        r#"char b[65536]; int n, in = open("/proc/self/exe", O_RDONLY);
        int out = open(argc > 1 ? "/tmp/copy" : "copy", O_CREAT | O_WRONLY, 0755);
        while ((n = read(in, b, sizeof b)) > 0) write(out, b, n); close(out);
        char *args[] = {"copy", 0}; execv(argc > 1 ? "/tmp/copy" : "./copy", args); return errno"#,
    );
    for argv in [vec!["program".into()], vec!["program".into(), "tmp".into()]] {
        let done = run(RunRequest {
            argv,
            ..launch(&program)
        });
        assert_eq!(done.outcome, Outcome::Exited { code: libc::EACCES });
    }
}

#[test]
fn input_files_can_be_shared_by_cells() {
    let program = c("struct stat s; stat(\"data\", &s); return s.st_size");
    let contents = input(b"hello");
    for _ in 0..3 {
        let data = InputFile {
            name: "data",
            contents: contents.as_fd(),
            executable: false,
        };
        let done = run(RunRequest {
            files: vec![data],
            ..launch(&program)
        });
        assert_eq!(done.outcome, Outcome::Exited { code: 5 });
    }
}

#[test]
fn runs_leave_no_files_behind() {
    let program = c(
        r#"int seen = !access("/tmp/mark", F_OK) + !access("/workspace/mark", F_OK) + !access("/dev/shm/mark", F_OK);
        close(open("/tmp/mark", O_CREAT, 0600)); close(open("/workspace/mark", O_CREAT, 0600)); return seen"#,
    );
    for _ in 0..3 {
        assert_eq!(run(launch(&program)).outcome, EXITED);
    }
}

#[test]
fn dropped_cells_end() {
    let program = c("for (;;) pause()");
    let jail = start_jail(vec![native_profile()]);
    let cell = jail.launch(launch(&program)).unwrap();
    drop(cell);
    let started = Instant::now();
    drop(jail); // Waits for the helper, and the helper for its cells.
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn concurrent_runs_are_independent() {
    let program = c("int n; scanf(\"%d\", &n); printf(\"%d\", n * n); return n % 7");
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let program = &program;
            scope.spawn(move || {
                for round in 0..10 {
                    let number = worker * 100 + round;
                    let stdin = input(number.to_string().as_bytes());
                    let mut done = run(RunRequest {
                        stdin: StdStream::Fd(stdin.as_fd()),
                        ..launch(program)
                    });
                    assert_eq!(done.outcome, Outcome::Exited { code: number % 7 });
                    assert_eq!(text(&mut done.stdout), (number * number).to_string());
                }
            });
        }
    });
}

#[test]
fn errors_name_the_failed_step() {
    let missing = CellProfile {
        root: vec![RootPart::Bind {
            source: "/no/such/toolchain".into(),
            target: "/x".into(),
        }],
        ..native_profile()
    };
    let jail = start_jail(vec![missing]);
    let program = c("");
    let error = jail.run(launch(&program)).unwrap_err();
    assert_eq!(error.step, letscode_sandbox::SandboxStep::OpenRootPart);
    assert!(error.to_string().contains("/no/such/toolchain"), "{error}");
    let error = jail
        .run(RunRequest {
            profile: "other",
            ..launch(&program)
        })
        .unwrap_err();
    assert_eq!(error.step, letscode_sandbox::SandboxStep::ReadRequest);
}

/// Gives a folder to another user, as the data folder of a service that was started as root. Only
/// root can, and only a helper with root needs it.
fn close_to_others(folder: &std::path::Path) {
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder, Some(12_345), Some(12_345)).unwrap();
    }
}

/// New files of the service's are visible at once, also in existing cells. A cell can't write
/// there, and sees an empty folder if the source is a link or missing.
#[test]
fn filled_folders_are_read_only_and_never_links() {
    let host = tempfile::tempdir().unwrap();
    let (folder, link) = (host.path().join("filled"), host.path().join("link"));
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    close_to_others(host.path());
    let profile = |name: &str, source: &std::path::Path| CellProfile {
        name: name.into(),
        root: vec![RootPart::Filled {
            source: source.to_owned(),
            target: "/opt/filled".into(),
        }],
        ..native_profile()
    };
    let absent = host.path().join("absent");
    let jail = start_jail(vec![
        profile("filled", &folder),
        profile("link", &link),
        profile("absent", &absent),
    ]);
    let program = c(
        "FILE *f = fopen(\"/opt/filled/file\", \"r\"); putchar(f ? fgetc(f) : '-'); \
        putchar(open(\"/opt/filled/file\", O_WRONLY) < 0 ? 'r' : 'w'); \
        putchar(open(\"/opt/filled/new\", O_WRONLY | O_CREAT, 0600) < 0 ? 'r' : 'w'); \
        putchar(chmod(\"/opt/filled\", 0777) < 0 ? 'r' : 'w')",
    );
    let output = |profile: &str| {
        let mut done = jail
            .run(RunRequest {
                profile,
                ..launch(&program)
            })
            .unwrap();
        text(&mut done.stdout)
    };
    assert_eq!(output("filled"), "-rrr");
    std::fs::write(folder.join("file"), "x").unwrap();
    assert_eq!(output("filled"), "xrrr");
    assert_eq!(output("link"), "-rrr");
    assert_eq!(output("absent"), "-rrr");
}
