//! Tests of each limit of a cell, with a program that would run for ever.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use letscode_sandbox::{CellProfile, Limits, Outcome, RootPart, RunRequest};
use support::{EXITED, c, compile, jail, launch, native_profile, run, start_jail, text};

#[test]
fn a_busy_loop_ends_at_the_cpu_limit() {
    let program = c("for (volatile int i = 0;; i++)");
    let cpu_time = Duration::from_millis(300);
    let done = run(RunRequest {
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
fn sleepers_end_at_the_wall_limit() {
    let program = c("for (int s = 1; s < 32; s++) signal(s, SIG_IGN); for (;;) sleep(9)");
    let wall_time = Duration::from_millis(300);
    let started = Instant::now();
    let done = run(RunRequest {
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
fn idle_programs_end_at_the_idle_limit() {
    let limited = |body: &str| {
        let limits = Limits {
            idle_time: Some(Duration::from_millis(300)),
            ..Limits::default()
        };
        let program = c(body);
        let launch = launch(&program);
        run(RunRequest { limits, ..launch })
    };
    let waits = limited("int p[2]; pipe(p); char x; read(p[0], &x, 1)");
    assert_eq!(waits.outcome, Outcome::WallTimeExceeded);
    assert!(waits.usage.wall_time >= Duration::from_millis(300));
    assert!(waits.usage.wall_time < Limits::default().wall_time / 2);
    for works in [
        "for (int i = 0; i < 12; i++) { usleep(50000); for (volatile int j = 0; j < 100000; j++); }",
        "for (int i = 0; i < 5000; i++) write(2, \"x\", 1)",
    ] {
        assert_eq!(limited(works).outcome, EXITED, "{works}");
    }
}

/// Beside so many others that nobody gets a whole core.
#[test]
fn wall_time_kept_from_computing_is_not_charged() {
    let spin = c("for (volatile int i = 0;; i++)");
    let works = c(
        "struct timespec t; do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); \
        while (t.tv_sec == 0 && t.tv_nsec < 500000000)",
    );
    let sleeps = c("sleep(60)");
    let begins = c(
        "struct timespec t; do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); \
        while (t.tv_nsec < 100000000); sleep(60)",
    );
    let limits = Limits {
        cpu_time: Duration::from_secs(3),
        wall_time: Duration::from_secs(1),
        starved_wall_time: Some(Duration::from_secs(60)),
        ..Limits::default()
    };
    let limited = |program| {
        let limits = limits.clone();
        run(RunRequest {
            limits,
            ..launch(program)
        })
    };
    let cores = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        let busy = || {
            run(RunRequest {
                limits: Limits {
                    cpu_time: Duration::from_secs(60),
                    wall_time: Duration::from_secs(8),
                    ..Limits::default()
                },
                ..launch(&spin)
            })
        };
        let competitors: Vec<_> = (0..4 * cores).map(|_| scope.spawn(busy)).collect();
        thread::sleep(Duration::from_millis(500));
        let done = limited(&works);
        println!("{:?}", done.usage);
        assert_eq!(done.outcome, EXITED, "{:?}", done.usage);
        assert!(done.usage.wall_time < limits.wall_time + done.usage.starved_time);
        for program in [&sleeps, &begins] {
            let done = limited(program);
            println!("{:?}", done.usage);
            assert_eq!(done.outcome, Outcome::WallTimeExceeded);
            let charged = done.usage.wall_time - done.usage.starved_time;
            assert!(charged >= limits.wall_time, "{:?}", done.usage);
            assert!(done.usage.cpu_time < Duration::from_millis(300));
        }
        drop(competitors);
    });
}

#[test]
fn memory_over_the_limit_is_reported() {
    let program = c("for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); }");
    let done = run(launch(&program));
    assert_eq!(done.outcome, Outcome::MemoryExceeded);
    let tmpfs = c(
        "int f = open(\"/tmp/x\", O_CREAT | O_WRONLY, 0600); char b[65536]; memset(b, 1, 65536); \
        while (write(f, b, 65536) > 0)",
    );
    assert_eq!(run(launch(&tmpfs)).outcome, Outcome::MemoryExceeded);
}

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
        let over = || {
            let done = run(RunRequest {
                limits: limits.clone(),
                ..launch(program)
            });
            assert_eq!(done.outcome, Outcome::CpuTimeExceeded);
            done.usage.cpu_time.checked_sub(cpu_time).unwrap()
        };
        // Other tests run beside this one, and the supervisor may have to wait for a core.
        let over: Vec<Duration> = (0..3).map(|_| over()).collect();
        let least = over.iter().min().unwrap();
        assert!(
            *least < Duration::from_millis(20),
            "{over:?} over {cpu_time:?}"
        );
    }
}

#[test]
fn excessive_limits_are_refused() {
    let program = c("return 0");
    let limits = Limits {
        memory_bytes: u64::MAX,
        ..Limits::default()
    };
    let error = jail()
        .run(RunRequest {
            limits,
            ..launch(&program)
        })
        .unwrap_err();
    assert!(error.to_string().contains("`memory_bytes`"), "{error}");
}

#[test]
fn cold_reads_are_slowed_to_the_io_limit() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("data");
    std::fs::write(&own, vec![7; 6 << 20]).unwrap();
    // If temporary files are in memory, one of the system's may be on a disk.
    let system_file = std::fs::canonicalize("/usr/bin/python3").unwrap();
    if !(is_slowed(&own) || is_slowed(&system_file)) {
        println!("skipped: this machine has no controller for I/O, or no cold file on a disk");
    }
}

/// True if a file was read from a disk at all, and then at the limit's rate.
fn is_slowed(path: &Path) -> bool {
    const RATE: u64 = 10 << 20;
    let jail = start_jail(vec![CellProfile {
        root: vec![RootPart::Bind {
            source: path.to_owned(),
            target: "/usr/data".into(),
        }],
        ..native_profile()
    }]);
    if !jail.info().limits_io {
        return false;
    }
    let program = c(
        "static char b[65536]; int n, f = open(\"/usr/data\", O_RDONLY); while ((n = read(f, b, sizeof b)) > 0); return n != 0",
    );
    let file = File::open(path).unwrap();
    let length = file.metadata().unwrap().len();
    if read_uncached(&file) < length / 10 * 9 {
        return false; // not from a disk, or cached in memory all the same
    }
    let read = |io_bytes_per_second| {
        drop_cache(&file);
        let limits = Limits {
            io_bytes_per_second,
            ..Limits::default()
        };
        let launch = launch(&program);
        let done = jail.run(RunRequest { limits, ..launch }).unwrap();
        assert_eq!(done.outcome, EXITED);
        done.usage.wall_time
    };
    let fast = read(10 << 30);
    let slow = read(RATE);
    let expected = Duration::from_secs_f64(length as f64 / RATE as f64);
    assert!(
        slow > expected.mul_f64(0.66),
        "{slow:?} where {expected:?} is the rate, and {fast:?} without a limit"
    );
    true
}

/// Drops a file from the page cache.
fn drop_cache(file: &File) {
    let _ = file.sync_all();
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

/// Drops a file from the page cache and reads it. Returns the bytes that came from the disk, by the
/// kernel's account of this thread.
fn read_uncached(mut file: &File) -> u64 {
    let fetched = || {
        let account = std::fs::read_to_string("/proc/thread-self/io").unwrap_or_default();
        let line = account
            .lines()
            .find_map(|line| line.strip_prefix("read_bytes: "));
        line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
    };
    drop_cache(file);
    let before: u64 = fetched();
    std::io::copy(&mut file, &mut std::io::sink()).unwrap();
    fetched() - before
}

#[test]
fn output_is_cut_at_the_limit() {
    let program = c("char b[65536]; memset(b, 'x', 65536); for (;;) write(1, b, 65536)");
    let limits = Limits {
        output_bytes: 100_000,
        ..Limits::default()
    };
    let mut done = run(RunRequest {
        limits,
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::OutputExceeded);
    assert_eq!(text(&mut done.stdout).len(), 100_000);
}

#[test]
fn standard_error_keeps_head_and_tail() {
    let program = c(
        "fprintf(stderr, \"first\\n\"); for (int i = 0; i < 300000; i++) \
        fprintf(stderr, \"line %d\\n\", i); fprintf(stderr, \"last\\n\"); puts(\"answer\")",
    );
    let limits = Limits {
        output_bytes: 100_000,
        ..Limits::default()
    };
    let mut done = run(RunRequest {
        limits,
        ..launch(&program)
    });
    assert_eq!(done.outcome, EXITED);
    assert_eq!(text(&mut done.stdout), "answer\n");
    let stderr = text(&mut done.stderr);
    assert!(stderr.starts_with("first\nline 0\n"));
    assert!(stderr.ends_with("line 299999\nlast\n"));
    assert!(stderr.contains(" bytes are left out here]\n"));
    assert!(stderr.len() < 100_100, "{}", stderr.len());
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
    let mut done = run(RunRequest {
        limits,
        ..launch(&program)
    });
    assert_eq!(done.outcome, EXITED);
    // The main thread counts too.
    assert_eq!(text(&mut done.stdout), "19");
}

/// Cells are reused: a run must not get the size of the run before it.
#[test]
fn workspace_size_follows_each_run() {
    let program = c(
        r#"int f = open("x", O_CREAT | O_WRONLY, 0600), n = 0; static char b[1 << 20]; memset(b, 1, sizeof b);
        while (n < 50 && write(f, b, sizeof b) == sizeof b) n++; return n"#,
    );
    for mebibytes in [8, 32, 16, 100, 8] {
        let limits = Limits {
            workspace_bytes: mebibytes << 20,
            memory_bytes: 256 << 20,
            ..Limits::default()
        };
        let done = run(RunRequest {
            limits,
            ..launch(&program)
        });
        let code = mebibytes.min(50) as i32;
        assert_eq!(done.outcome, Outcome::Exited { code });
    }
}

/// Also if the run before was the first to touch pages of the toolchain, which are charged to the
/// group as long as they are in the page cache.
#[test]
fn memory_of_earlier_runs_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, vec![7; 30 << 20]).unwrap();
    let file = File::open(&path).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    let jail = start_jail(vec![CellProfile {
        root: vec![RootPart::Bind {
            source: path,
            target: "/usr/data".into(),
        }],
        ..native_profile()
    }]);
    let program = c(
        r#"static char b[65536]; int n, f = open("/usr/data", O_RDONLY); if (argc > 1) while ((n = read(f, b, sizeof b)) > 0);
        volatile char *p = malloc(20 << 20); for (int i = 0; i < 20 << 20; i += 4096) p[i] = 1"#,
    );
    let used = |argv: &[&str]| {
        let launch = RunRequest {
            argv: argv.iter().map(|argument| argument.to_string()).collect(),
            ..launch(&program)
        };
        let limits = Limits {
            io_bytes_per_second: 10 << 30,
            ..launch.limits.clone()
        };
        let done = jail.run(RunRequest { limits, ..launch }).unwrap();
        assert_eq!(done.outcome, EXITED);
        done.usage.memory_bytes >> 20
    };
    used(&["reads", "all"]);
    for _ in 0..3 {
        let mebibytes = used(&["computes"]);
        assert!((20..24).contains(&mebibytes), "{mebibytes} MiB");
    }
}
