//! Real cells on this machine's kernel: what goes in, what comes out, which outcome is seen.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use letscode_sandbox::{
    Artifact, CellProfile, CollectFile, Finished, InputFile, Isolation, Jail, JailConfig, Launch,
    Limits, Outcome, Program, RootPart, Stream, sealed_copy,
};

/// One helper for all tests of this file, as in the product.
fn jail() -> &'static Jail {
    static JAIL: OnceLock<Jail> = OnceLock::new();
    JAIL.get_or_init(|| start_jail(vec![native_profile()]))
}

fn start_jail(profiles: Vec<CellProfile>) -> Jail {
    Jail::start(JailConfig {
        helper: env!("CARGO_BIN_EXE_jail").into(),
        helper_args: Vec::new(),
        profiles,
        isolation: Isolation::default(),
    })
    .unwrap()
}

fn native_profile() -> CellProfile {
    CellProfile {
        name: "native".into(),
        root: Vec::new(),
        policy: "native".into(),
    }
}

/// Compiles a C program outside; what it does is then tried inside.
fn compile(source: &str) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.c"), folder.path().join("a"));
    std::fs::write(&input, source).unwrap();
    let status = Command::new("gcc")
        .args(["-O1", "-static", "-w", "-pthread", "-o"])
        .args([&output, &input])
        .status()
        .expect("gcc is needed for this test: apt-get install gcc libc6-dev");
    assert!(status.success());
    sealed_copy("program", File::open(output).unwrap())
        .unwrap()
        .into()
}

fn c(body: &str) -> Artifact {
    compile(&format!(
        "#define _GNU_SOURCE\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\
         #include <unistd.h>\n#include <fcntl.h>\n#include <errno.h>\n#include <signal.h>\n\
         #include <sys/mman.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n\
         #include <sys/resource.h>\n#include <pthread.h>\n\
         int main(int argc, char **argv) {{ {body}; return 0; }}"
    ))
}

fn launch(program: &Artifact) -> Launch<'_> {
    Launch {
        profile: "native",
        limits: Limits {
            cpu_time: Duration::from_secs(2),
            wall_time: Duration::from_secs(6),
            memory_bytes: 64 << 20,
            ..Limits::default()
        },
        program: Program::Given(program),
        argv: vec!["program".into()],
        env: vec![("PATH".into(), "/usr/bin".into())],
        stdin: Stream::Null,
        stdout: Stream::Captured,
        stderr: Stream::Captured,
        files: Vec::new(),
        collect: Vec::new(),
    }
}

fn run(launch: Launch<'_>) -> Finished {
    jail().run(launch).unwrap()
}

fn text(file: &mut Option<File>) -> String {
    let mut text = String::new();
    file.as_mut().unwrap().read_to_string(&mut text).unwrap();
    text
}

fn input(bytes: &[u8]) -> OwnedFd {
    sealed_copy("input", bytes).unwrap()
}

const EXITED: Outcome = Outcome::Exited { code: 0 };

#[test]
fn input_output_and_exit_code_pass_through() {
    let program = c(
        "int n; while ((n = getchar()) != EOF) putchar(n + 1); fputs(\"oops\", stderr); return 7",
    );
    let stdin = input(b"HAL");
    let mut done = run(Launch {
        stdin: Stream::Given(stdin.as_fd()),
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::Exited { code: 7 });
    assert_eq!(text(&mut done.stdout), "IBM");
    assert_eq!(text(&mut done.stderr), "oops");
    assert!(done.usage.cpu_time < Duration::from_millis(500));
    assert!(done.usage.memory_bytes < 16 << 20, "{:?}", done.usage);
}

#[test]
fn the_standard_streams_can_be_opened_again_by_path() {
    let program = c(
        "FILE *in = fopen(\"/dev/stdin\", \"r\"); FILE *out = fopen(\"/dev/stdout\", \"w\"); \
        if (!in || !out) return errno; char line[9]; fgets(line, 9, in); fputs(line, out)",
    );
    let stdin = input(b"through");
    let mut done = run(Launch {
        stdin: Stream::Given(stdin.as_fd()),
        ..launch(&program)
    });
    assert_eq!(done.outcome, EXITED);
    assert_eq!(text(&mut done.stdout), "through");
}

#[test]
fn arguments_and_environment_are_exactly_what_was_given() {
    let program = c(
        "extern char **environ; for (int i = 0; i < argc; i++) puts(argv[i]); \
        for (char **e = environ; *e; e++) puts(*e)",
    );
    let mut done = run(Launch {
        argv: vec!["p".into(), "$(id)".into(), "a;b\nc".into()],
        env: vec![("ONLY".into(), "this one".into())],
        ..launch(&program)
    });
    assert_eq!(text(&mut done.stdout), "p\n$(id)\na;b\nc\nONLY=this one\n");
}

#[test]
fn the_program_is_nobody_in_a_small_world() {
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
    // A descriptor that whoever started the service forgot: it must not reach the helper either.
    let leak = File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let mut done = start_jail(vec![native_profile()])
        .run(launch(&program))
        .unwrap();
    assert_eq!(text(&mut done.stdout), "0 1 2 ");
}

#[test]
fn a_signal_is_seen_as_it_was() {
    for (body, signal) in [
        ("abort()", libc::SIGABRT),
        ("*(volatile int *)8 = 1", libc::SIGSEGV),
        ("raise(SIGTERM)", libc::SIGTERM),
        ("raise(SIGKILL)", libc::SIGKILL),
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
fn a_busy_loop_ends_at_the_cpu_limit() {
    let program = c("for (volatile int i = 0;; i++)");
    let cpu_time = Duration::from_millis(300);
    let done = run(Launch {
        limits: Limits {
            cpu_time,
            ..Limits::default()
        },
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::CpuTimeExceeded);
    let over = done.usage.cpu_time.checked_sub(cpu_time).unwrap();
    assert!(over < Duration::from_millis(50), "{over:?} over the limit");
}

#[test]
fn a_sleeper_that_ignores_signals_ends_at_the_wall_limit() {
    let program = c("for (int s = 1; s < 32; s++) signal(s, SIG_IGN); for (;;) sleep(9)");
    let wall_time = Duration::from_millis(300);
    let started = Instant::now();
    let done = run(Launch {
        limits: Limits {
            wall_time,
            ..Limits::default()
        },
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::WallTimeExceeded);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn touching_more_than_the_memory_limit_is_seen_as_that() {
    let program = c("for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); }");
    let done = run(launch(&program));
    assert_eq!(done.outcome, Outcome::MemoryExceeded);
    let tmpfs = c(
        "int f = open(\"/tmp/x\", O_CREAT | O_WRONLY, 0600); char b[65536]; memset(b, 1, 65536); \
        while (write(f, b, 65536) > 0)",
    );
    assert_eq!(run(launch(&tmpfs)).outcome, Outcome::MemoryExceeded);
}

/// Each with a program of its kind that would go on for ever.
#[test]
fn limits_below_a_second_hold_to_within_20_ms() {
    let spin = c("for (volatile int i = 0;; i++)");
    let threads = compile(
        "#include <pthread.h>\nvoid *spin(void *x) { for (volatile int i = 0;; i++); }\n\
         int main() { pthread_t t; for (int i = 0; i < 4; i++) pthread_create(&t, 0, spin, 0); spin(0); }",
    );
    for (program, milliseconds) in [(&spin, 50), (&spin, 250), (&spin, 700), (&threads, 300)] {
        let cpu_time = Duration::from_millis(milliseconds);
        let limits = Limits {
            cpu_time,
            ..Limits::default()
        };
        let done = run(Launch {
            limits,
            ..launch(program)
        });
        assert_eq!(done.outcome, Outcome::CpuTimeExceeded);
        let over = done.usage.cpu_time.checked_sub(cpu_time).unwrap();
        assert!(
            over < Duration::from_millis(20),
            "{over:?} over {cpu_time:?}"
        );
    }
}

#[test]
fn a_limit_that_is_beyond_reason_is_refused() {
    let program = c("return 0");
    let limits = Limits {
        memory_bytes: u64::MAX,
        ..Limits::default()
    };
    let error = jail()
        .run(Launch {
            limits,
            ..launch(&program)
        })
        .unwrap_err();
    assert!(error.to_string().contains("`memory_bytes`"), "{error}");
}

/// What is in the page cache is free; what has to come from the disk comes at the limit's pace.
#[test]
fn cold_reads_are_slowed_to_the_io_limit() {
    const BYTES: u64 = 6 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, vec![7; BYTES as usize]).unwrap();
    let jail = start_jail(vec![CellProfile {
        root: vec![RootPart::Bind {
            source: path.clone(),
            target: "/usr/data".into(),
        }],
        ..native_profile()
    }]);
    if !jail.info().limits_io {
        eprintln!("skipped: this machine has no controller for I/O, or no disk");
        return;
    }
    let program = c(
        "static char b[65536]; int n, f = open(\"/usr/data\", O_RDONLY); while ((n = read(f, b, sizeof b)) > 0); return n != 0",
    );
    let file = File::open(&path).unwrap();
    let read = |io_bytes_per_second| {
        file.sync_all().unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        let limits = Limits {
            io_bytes_per_second,
            ..Limits::default()
        };
        let launch = launch(&program);
        let done = jail.run(Launch { limits, ..launch }).unwrap();
        assert_eq!(done.outcome, EXITED);
        done.usage.wall_time
    };
    let fast = read(10 << 30);
    if read(10 << 30) < Duration::from_micros(500) {
        eprintln!("skipped: the file system does not let go of its cache");
        return;
    }
    let slow = read(10 << 20);
    assert!(
        slow > Duration::from_millis(400),
        "{slow:?}, and {fast:?} without a limit"
    );
}

#[test]
fn a_flood_of_output_is_cut_at_the_limit() {
    for stream in [1, 2] {
        let program = c(&format!(
            "char b[65536]; memset(b, 'x', 65536); for (;;) write({stream}, b, 65536)"
        ));
        let limits = Limits {
            output_bytes: 100_000,
            ..Limits::default()
        };
        let mut done = run(Launch {
            limits,
            ..launch(&program)
        });
        assert_eq!(done.outcome, Outcome::OutputExceeded);
        let kept = text(if stream == 1 {
            &mut done.stdout
        } else {
            &mut done.stderr
        });
        assert_eq!(kept.len(), 100_000);
    }
}

#[test]
fn a_call_that_is_not_on_the_list_ends_the_program() {
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

#[test]
fn threads_work_and_are_counted() {
    let program = compile(
        "#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\n\
         void *nap(void *x) { sleep(5); return 0; }\n\
         int main() { int n = 0; pthread_t t; while (n < 100 && !pthread_create(&t, 0, nap, 0)) n++; printf(\"%d\", n); return 0; }",
    );
    let limits = Limits {
        processes: 20,
        ..Limits::default()
    };
    let mut done = run(Launch {
        limits,
        ..launch(&program)
    });
    assert_eq!(done.outcome, EXITED);
    // The init and the main thread are of the twenty.
    assert_eq!(text(&mut done.stdout), "18");
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
    let done = run(Launch {
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

/// Landlock alone says so: the mounts allow it, and execve is on every list.
#[test]
fn what_a_program_wrote_cannot_be_executed() {
    let program = c(
        r#"char b[65536]; int n, in = open("/proc/self/exe", O_RDONLY);
        int out = open(argc > 1 ? "/tmp/copy" : "copy", O_CREAT | O_WRONLY, 0755);
        while ((n = read(in, b, sizeof b)) > 0) write(out, b, n); close(out);
        char *args[] = {"copy", 0}; execv(argc > 1 ? "/tmp/copy" : "./copy", args); return errno"#,
    );
    for argv in [vec!["program".into()], vec!["program".into(), "tmp".into()]] {
        let done = run(Launch {
            argv,
            ..launch(&program)
        });
        assert_eq!(done.outcome, Outcome::Exited { code: libc::EACCES });
    }
}

#[test]
fn a_file_can_be_given_to_many_cells() {
    let program = c("struct stat s; stat(\"data\", &s); return s.st_size");
    let contents = input(b"hello");
    for _ in 0..3 {
        let data = InputFile {
            name: "data",
            contents: contents.as_fd(),
            executable: false,
        };
        let done = run(Launch {
            files: vec![data],
            ..launch(&program)
        });
        assert_eq!(done.outcome, Outcome::Exited { code: 5 });
    }
}

#[test]
fn nothing_of_one_run_is_there_in_the_next() {
    let program = c(
        r#"int seen = !access("/tmp/mark", F_OK) + !access("/workspace/mark", F_OK) + !access("/dev/shm/mark", F_OK);
        close(open("/tmp/mark", O_CREAT, 0600)); close(open("/workspace/mark", O_CREAT, 0600)); return seen"#,
    );
    for _ in 0..3 {
        assert_eq!(run(launch(&program)).outcome, EXITED);
    }
}

#[test]
fn a_cell_ends_when_nobody_waits_for_it() {
    let program = c("for (;;) pause()");
    let jail = start_jail(vec![native_profile()]);
    let cell = jail.launch(launch(&program)).unwrap();
    drop(cell);
    let started = Instant::now();
    drop(jail); // Waits for the helper, and the helper for its cells.
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    let program = c("int n; scanf(\"%d\", &n); printf(\"%d\", n * n); return n % 7");
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let program = &program;
            scope.spawn(move || {
                for round in 0..10 {
                    let number = worker * 100 + round;
                    let stdin = input(number.to_string().as_bytes());
                    let mut done = run(Launch {
                        stdin: Stream::Given(stdin.as_fd()),
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
fn an_error_names_the_step_that_failed() {
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
    assert_eq!(error.step, letscode_sandbox::Step::OpenRootPart);
    assert!(error.to_string().contains("/no/such/toolchain"), "{error}");
    let error = jail
        .run(Launch {
            profile: "other",
            ..launch(&program)
        })
        .unwrap_err();
    assert_eq!(error.step, letscode_sandbox::Step::ReadRequest);
}
