//! Tests that captured standard output behaves as a redirect to a file, and that its limit is exact.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use letscode_sandbox::{
    Artifact, Isolation, Jail, JailConfig, Layer, Limits, Outcome, RunRequest, RunResult,
};
use rstest::rstest;
use support::{EXITED, c, compile, jail, launch, native_profile, run, start_jail, text};

/// Output of a program that a shell would have redirected to a file.
fn redirected(program: &Artifact) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (path, output) = (folder.path().join("program"), folder.path().join("output"));
    std::io::copy(
        &mut program.open().unwrap(),
        &mut File::create(&path).unwrap(),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&path);
    command.stdout(File::create(&output).unwrap());
    assert!(command.status().unwrap().success());
    fs::read_to_string(&output).unwrap()
}

#[rstest]
#[case::seek(r#"printf("first"); fflush(stdout); lseek(1, 1, SEEK_SET); write(1, "IRS", 3)"#)]
#[case::stdio_seek(r#"printf("first"); fseek(stdout, 0, SEEK_SET); printf("F"); fseek(stdout, 0, SEEK_END); printf("%ld", ftell(stdout))"#)]
#[case::beyond_the_end(r#"lseek(1, 3, SEEK_SET); write(1, "x", 1)"#)]
#[case::reopened(r#"write(1, "first", 5); int f = open("/dev/stdout", O_WRONLY | O_TRUNC); if (f < 0) return 1; write(f, "2", 1)"#)]
#[case::freopen(
    r#"puts("first"); if (!freopen("/dev/stdout", "w", stdout)) return 1; puts("second")"#
)]
#[case::appended(r#"write(1, "first", 5); int f = open("/dev/stdout", O_WRONLY | O_APPEND); if (f < 0) return 1; write(f, "2", 1)"#)]
#[case::pwrite(r#"write(1, "first", 5); pwrite(1, "F", 1, 0); write(1, "!", 1)"#)]
#[case::cut(r#"write(1, "first", 5); ftruncate(1, 2)"#)]
#[case::kind(r#"struct stat s; fstat(1, &s); printf("%d %d %ld %d %x", S_ISREG(s.st_mode), isatty(1), s.st_blksize, (int)s.st_size, fcntl(1, F_GETFL))"#)]
#[case::read_back(
    r#"write(1, "first", 5); char b[9]; printf("%zd %zd", read(1, b, 9), pread(1, b, 9, 0))"#
)]
fn standard_output_is_like_a_file(#[case] body: &str) {
    let program = c(body);
    let mut done = run(launch(&program));
    assert_eq!(done.outcome, EXITED);
    assert_eq!(text(&mut done.stdout), redirected(&program));
}

#[test]
fn output_of_exactly_the_limit_is_allowed() {
    for (written_bytes, outcome) in [
        (99_999, EXITED),
        (100_000, EXITED),
        (100_001, Outcome::OutputExceeded),
    ] {
        let program = c(&format!(
            "for (int i = 0; i < {written_bytes}; i++) putchar('a' + i % 26)"
        ));
        let limits = Limits {
            output_bytes: 100_000,
            ..Limits::default()
        };
        let mut done = run(RunRequest {
            limits,
            ..launch(&program)
        });
        assert_eq!(done.outcome, outcome, "{written_bytes}");
        let output = text(&mut done.stdout);
        assert_eq!(output.len(), written_bytes.min(100_000));
        assert!(
            output
                .bytes()
                .zip((b'a'..=b'z').cycle())
                .all(|(a, b)| a == b)
        );
    }
}

/// A jail as it is where the machine has no control groups.
fn jail_without_groups() -> Jail {
    Jail::start(JailConfig {
        helper: env!("CARGO_BIN_EXE_jail").into(),
        helper_args: Vec::new(),
        profiles: vec![native_profile()],
        isolation: Isolation {
            allow_degraded: BTreeSet::new(),
            switched_off: BTreeSet::from([Layer::Cgroups]),
        },
    })
    .unwrap()
}

fn overflow(jail: &Jail, body: &str, memory_bytes: u64) -> RunResult {
    let program = c(body);
    let limits = Limits {
        output_bytes: 1 << 20,
        memory_bytes,
        cpu_time: Duration::from_secs(20),
        wall_time: Duration::from_secs(20),
        ..Limits::default()
    };
    let mut done = jail
        .run(RunRequest {
            limits,
            ..launch(&program)
        })
        .unwrap();
    assert_eq!(text(&mut done.stdout).len(), 1 << 20);
    done
}

#[rstest]
#[case::endless("static char b[65536]; memset(b, 'x', sizeof b); for (;;) write(1, b, sizeof b)", 64 << 20)]
#[case::fast("static char b[4 << 20]; memset(b, 'x', sizeof b); for (;;) write(1, b, sizeof b)", 16 << 20)]
#[case::then_asleep("static char b[2 << 20]; memset(b, 'x', sizeof b); write(1, b, sizeof b); sleep(15)", 64 << 20)]
#[case::a_hole("ftruncate(1, 4 << 20); sleep(15)", 64 << 20)]
fn too_much_output_ends_the_run(#[case] body: &str, #[case] memory_bytes: u64) {
    for jail in [jail(), &jail_without_groups()] {
        let done = overflow(jail, body, memory_bytes);
        assert_eq!(done.outcome, Outcome::OutputExceeded);
        assert!(
            done.usage.wall_time < Duration::from_secs(8),
            "{:?}",
            done.usage
        );
    }
}

#[test]
fn output_before_a_timeout_is_kept() {
    let program = c("write(1, \"partial\", 7); sleep(15)");
    let limits = Limits {
        wall_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let mut done = run(RunRequest {
        limits,
        ..launch(&program)
    });
    assert_eq!(done.outcome, Outcome::WallTimeExceeded);
    assert_eq!(text(&mut done.stdout), "partial");
}

#[test]
fn output_counts_as_memory_of_its_own_run_only() {
    let jail = start_jail(vec![native_profile()]);
    let writer = c(
        "static char b[1 << 20]; memset(b, 'x', sizeof b); for (int i = 0; i < 7; i++) write(1, b, sizeof b)",
    );
    let user =
        c("size_t n = 20 << 20; char *p = malloc(n); memset(p, 1, n); printf(\"%d\", p[n / 2])");
    let alone = jail.run(launch(&user)).unwrap().usage.memory_bytes;
    let output = jail.run(launch(&writer)).unwrap();
    assert!(output.usage.memory_bytes >= 8 << 20, "{:?}", output.usage);
    let held = jail.run(launch(&user)).unwrap().usage.memory_bytes;
    drop(output);
    let freed = jail.run(launch(&user)).unwrap().usage.memory_bytes;
    for after in [held, freed] {
        assert!(after.abs_diff(alone) < 1 << 20, "{alone} {held} {freed}");
    }
}

/// The file is as little use as a pipe to a program that attacks with it.
#[test]
fn output_file_can_not_be_read_mapped_executed_or_locked_up() {
    let body = r#"
        fprintf(stderr, "%d", open("/dev/stdout", O_RDONLY) < 0);
        fprintf(stderr, "%d", open("/proc/self/fd/1", O_RDWR) < 0);
        fprintf(stderr, "%d", fchmod(1, 0777) != 0);
        fprintf(stderr, "%d", chmod("/proc/self/fd/1", 0777) != 0);
        fprintf(stderr, "%d", mmap(0, 4096, PROT_READ, MAP_SHARED, 1, 0) == MAP_FAILED);
        fprintf(stderr, "%d", mmap(0, 4096, PROT_WRITE, MAP_SHARED, 1, 0) == MAP_FAILED);
        fprintf(stderr, "%d", link("/proc/self/fd/1", "/workspace/kept") != 0);
        fprintf(stderr, "%d", linkat(AT_FDCWD, "/proc/self/fd/1", AT_FDCWD, "/workspace/kept", AT_SYMLINK_FOLLOW) != 0);
        char b[65536]; int n, in = open("/proc/self/exe", O_RDONLY);
        if (argc < 2) while ((n = read(in, b, sizeof b)) > 0) write(1, b, n);
        char *args[] = {"copy", "was executed", 0};
        execv("/proc/self/fd/1", args); fprintf(stderr, "%d", errno == EACCES);
        execveat(1, "", args, (char *[]){0}, AT_EMPTY_PATH); fprintf(stderr, "%d", errno == EACCES)"#;
    let program = c(body);
    let mut done = run(launch(&program));
    assert_eq!(done.outcome, EXITED);
    assert_eq!(text(&mut done.stderr), "1111111111");
}

#[test]
fn output_file_can_not_be_sealed() {
    let program = compile(
        "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <unistd.h>\n\
         int main() { write(1, \"a\", 1); fcntl(1, F_ADD_SEALS, F_SEAL_WRITE); write(1, \"b\", 1); return 0; }",
    );
    let mut done = run(launch(&program));
    let expected = match done.outcome {
        Outcome::SyscallDenied => "a",
        _ => "ab",
    };
    assert_eq!(text(&mut done.stdout), expected);
}
