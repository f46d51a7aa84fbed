//! Tests that a reused cell is clean. One program leaves whatever it can; the next looks for traces
//! of it, in the same cell, and must see what a program in a new cell sees.
//!
//! The second program looks at everything at once (`kept_cells/look.c`), so that a trace is found
//! wherever it shows.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use letscode_sandbox::{Artifact, CellProfile, Jail, Limits, ResourceUsage, RootPart, RunRequest};
use rstest::rstest;
use support::{EXITED, compile, launch, native_profile, start_jail, text};

/// Output of `look.c`, and the usage of its run.
struct CellView {
    cell: String,
    /// Pid, which grows in a reused cell. The cell's name proves nothing: another may get it again.
    process: u32,
    lines: Vec<String>,
    usage: ResourceUsage,
}

fn run(jail: &Jail, program: &Artifact) -> (String, ResourceUsage) {
    let limits = Limits {
        memory_bytes: 512 << 20,
        cpu_time: Duration::from_secs(5),
        wall_time: Duration::from_secs(15),
        ..Limits::default()
    };
    let mut done = jail
        .run(RunRequest {
            limits,
            ..launch(program)
        })
        .unwrap();
    let output = text(&mut done.stdout);
    // The cell is reused only after such an end, and only then does the test prove anything.
    assert_eq!(done.outcome, EXITED, "{output}");
    (output, done.usage)
}

fn look(jail: &Jail, program: &Artifact) -> CellView {
    let (output, usage) = run(jail, program);
    let mut lines = output.lines().map(str::to_owned);
    CellView {
        cell: lines.next().unwrap(),
        process: lines.next().unwrap().parse().unwrap(),
        lines: lines.collect(),
        usage,
    }
}

#[rstest]
#[case::files(
    r#"const char *places[] = {"/tmp", "/workspace", "/dev", "/dev/shm", "/dev/mqueue", "/run", "/", "/proc/self", "/usr", "/var/tmp"};
    char path[512];
    for (int i = 0; i < 10; i++) {
        snprintf(path, 512, "%s/mark", places[i]); close(open(path, O_CREAT | O_RDWR, 0666));
        snprintf(path, 512, "%s/.hidden", places[i]); mkdir(path, 0777); mkdir(strcat(path, "/below"), 0);
        snprintf(path, 512, "%s/link", places[i]); symlink("/etc/passwd", path);
        snprintf(path, 512, "%s/hard", places[i]); link("/tmp/mark", path);
        snprintf(path, 512, "%s/pipe", places[i]); mkfifo(path, 0666);
    }"#
)]
#[case::a_full_disk(
    r#"static char b[1 << 20]; char path[64];
    for (int i = 0; i < 8; i++) {
        snprintf(path, 64, "/%s/full%d", i % 2 ? "tmp" : "workspace", i); int f = open(path, O_CREAT | O_WRONLY, 0600);
        for (int j = 0; j < 30 && write(f, b, sizeof b) > 0; j++) {}
    }"#
)]
#[case::modes_and_times(
    r#"struct timespec old[2] = {{1000, 0}, {1000, 0}};
    utimensat(AT_FDCWD, "/tmp", old, 0); utimensat(AT_FDCWD, "/workspace", old, 0); utimensat(AT_FDCWD, "/", old, 0);
    chmod("/", 0); chmod("/tmp", 07000); chmod("/workspace", 0)"#
)]
#[case::what_the_next_is_given(
    r#"symlink("/tmp", "solution.py"); symlink("/dev/zero", "program"); mkdir("data", 0); symlink(".", "solution.js");
    rename("/workspace", "/tmp/w"); rmdir("/tmp"); rename("/tmp", "/workspace/t"); symlink("/proc/self/exe", "/tmp/program")"#
)]
#[case::timers(
    r#"alarm(1); struct itimerval t = {{0, 300000}, {0, 300000}}; for (int w = 0; w < 3; w++) setitimer(w, &t, 0)"#
)]
#[case::signals(
    r#"static char s[65536]; stack_t k = {s, 0, sizeof s}; sigaltstack(&k, 0);
    sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0);
    for (int i = 1; i < 32; i++) if (i != SIGKILL && i != SIGSTOP) { signal(i, i % 2 ? SIG_IGN : SIG_DFL); raise(i); }"#
)]
#[case::mask_and_folder(r#"umask(0777); mkdir("/tmp/x", 0700); chdir("/tmp/x"); rmdir("/tmp/x")"#)]
#[case::descriptors(
    r#"int p[2]; pipe(p); char b[4096] = {0}; fcntl(p[1], F_SETFL, O_NONBLOCK); while (write(p[1], b, sizeof b) > 0) {}
    for (int i = 0; i < 300; i++) dup(p[i % 2]); open("/tmp", O_RDONLY); fcntl(0, F_SETFL, O_NONBLOCK); fcntl(1, F_SETFL, O_APPEND | O_NONBLOCK); close(2)"#
)]
#[case::mapped_files_without_a_name(
    r#"int f = open("/tmp/m", O_CREAT | O_RDWR, 0600); ftruncate(f, 32 << 20);
    char *m = mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0); memset(m, 1, 32 << 20); unlink("/tmp/m")"#
)]
#[case::about_itself(
    r#"const char *files[] = {"oom_score_adj", "coredump_filter", "timerslack_ns", "comm", "autogroup", "clear_refs", "setgroups", "uid_map", "oom_adj"};
    const char *texts[] = {"1000", "0x7f", "500000000", "mark", "19", "1", "allow", "0 0 1", "15"};
    char path[64]; for (int i = 0; i < 9; i++) { snprintf(path, 64, "/proc/self/%s", files[i]); int f = open(path, O_WRONLY); if (f >= 0) { write(f, texts[i], strlen(texts[i])); close(f); } }"#
)]
#[case::limits_and_priorities(
    r#"for (int i = 0; i < 16; i++) { struct rlimit l; getrlimit(i, &l); l.rlim_max = l.rlim_cur; }
    setpriority(PRIO_PROCESS, 0, 19); nice(5); cpu_set_t one; CPU_ZERO(&one); CPU_SET(0, &one); sched_setaffinity(0, sizeof one, &one);
    struct sched_param p = {0}; sched_setscheduler(0, SCHED_IDLE, &p)"#
)]
#[case::memory(r#"char *m = malloc(200 << 20); memset(m, 1, 200 << 20); printf("%d", m[77])"#)]
#[case::computing("for (volatile long i = 0; i < 400000000; i++)")]
#[case::environment(
    r#"setenv("LD_PRELOAD", "/tmp/x.so", 1); setenv("MARK", "1", 1);
    if (argc < 3) execve("/proc/self/exe", (char *[]){"again", "and", "again", 0}, (char *[]){"MARK=1", 0})"#
)]
#[case::threads(
    r#"void *w(void *x) { for (;;) if (x) pause(); else usleep(1000); }
    pthread_t t; for (int i = 0; i < 20; i++) pthread_create(&t, 0, w, i % 2 ? (void *)&t : 0); usleep(20000)"#
)]
fn reused_cells_look_new(#[case] leaves: &str) {
    let (leaver, looker) = (
        compile_body(leaves),
        compile(include_str!("kept_cells/look.c")),
    );
    let jail = start_jail(vec![native_profile()]);
    let fresh = look(&jail, &looker);
    for folder in ["/tmp/. 40700", "/workspace/. 40700"] {
        assert!(
            fresh.lines.iter().any(|line| line.starts_with(folder)),
            "{folder}"
        );
    }
    let again = look(&jail, &looker);
    if jail.info().cgroup_version != Some(1) && again.process <= fresh.process {
        println!("skipped: cells are not reused if the memory peak can't be reset");
        return;
    }
    let mut before = again.process;
    for _ in 0..2 {
        run(&jail, &leaver);
        let next = look(&jail, &looker);
        let is_same = next.cell == fresh.cell && next.process > before + 1;
        assert!(is_same, "another cell: nothing was tested");
        before = next.process;
        let (new, missing) = (
            additional(&next.lines, &fresh.lines),
            additional(&fresh.lines, &next.lines),
        );
        assert!(
            new.is_empty() && missing.is_empty(),
            "new: {new:#?}, missing: {missing:#?}"
        );
        let more = next
            .usage
            .memory_bytes
            .saturating_sub(fresh.usage.memory_bytes);
        assert!(
            more < 8 << 20,
            "{:?}, in a new cell {:?}",
            next.usage,
            fresh.usage
        );
        assert!(
            next.usage.cpu_time < Duration::from_millis(300),
            "{:?}",
            next.usage
        );
    }
}

/// A cell that would take long to clean is replaced.
#[rstest]
#[case::a_deep_folder(
    r#"chdir("/tmp"); for (int i = 0; i < 3000; i++) { mkdir("d", 0700); chdir("d"); } chmod(".", 0)"#
)]
#[case::strange_names(
    r#"char name[256]; for (int i = 1; i < 256; i++) if (i != '/') { name[0] = i; name[1] = 0; close(open(name, O_CREAT, 0)); }
    memset(name, 'x', 255); name[255] = 0; mkdir(name, 0); chdir("/tmp"); mkdir(name, 0)"#
)]
#[case::no_more_files(
    r#"char path[64]; for (int i = 0; i < 200000; i++) { snprintf(path, 64, "/tmp/%d", i); int f = open(path, O_CREAT, 0); if (f < 0) break; close(f); }"#
)]
fn cells_with_many_files_are_not_reused(#[case] leaves: &str) {
    let (leaver, looker) = (
        compile_body(leaves),
        compile(include_str!("kept_cells/look.c")),
    );
    let jail = start_jail(vec![native_profile()]);
    let fresh = look(&jail, &looker);
    run(&jail, &leaver);
    let next = look(&jail, &looker);
    assert_eq!(next.process, fresh.process, "the same cell");
    assert_eq!(next.lines.len(), fresh.lines.len());
}

/// The kernel caches each name that was looked up, in memory that is charged to the cell.
/// Reclaiming it would cost the next program time.
#[test]
fn cells_with_much_kernel_memory_are_not_reused() {
    let leaver = compile_body(
        // Names that no earlier run has looked up.
        r#"char path[256]; struct stat s; struct timeval now; gettimeofday(&now, 0);
        for (int i = 0; i < 300000; i++) { snprintf(path, 256, "/usr/include/%ld.%ld.%0150d", now.tv_sec, now.tv_usec, i); stat(path, &s); }"#,
    );
    let looker = compile(include_str!("kept_cells/look.c"));
    let headers = PathBuf::from("/usr/include");
    let jail = start_jail(vec![CellProfile {
        root: vec![RootPart::Bind {
            source: headers.clone(),
            target: headers,
        }],
        ..native_profile()
    }]);
    let fresh = look(&jail, &looker);
    run(&jail, &leaver);
    assert_eq!(look(&jail, &looker).process, fresh.process, "the same cell");
}

/// Compiles a program whose main function has this body; nested functions are allowed.
fn compile_body(body: &str) -> Artifact {
    compile(&format!(
        "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <pthread.h>\n#include <sched.h>\n#include <signal.h>\n\
         #include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n\
         #include <sys/resource.h>\n#include <sys/stat.h>\n#include <sys/time.h>\n#include <unistd.h>\n\
         int main(int argc, char **argv) {{ {body}; return 0; }}"
    ))
}

/// Returns the lines of `all` that are not in `expected`.
fn additional<'a>(all: &'a [String], expected: &[String]) -> Vec<&'a String> {
    all.iter().filter(|line| !expected.contains(line)).collect()
}

#[test]
fn prepared_cells_wait_until_ended() {
    let jail = start_jail(vec![native_profile()]);
    let program = compile("int main() { return 0; }");
    jail.prepare("native", 3).unwrap();
    jail.prepare("native", 2).unwrap();
    run(&jail, &program);
    let cells = || cells_below(jail.helper_pid());
    eventually("three cells", || cells() == 3);
    jail.end_idle_cells();
    eventually("no cell", || cells() == 0);
    run(&jail, &program);
    assert_eq!(cells(), 1);
}

#[test]
fn cells_of_before_take_no_further_run() {
    let jail = start_jail(vec![native_profile()]);
    let program = compile("int main() { return 0; }");
    let cells = || cells_below(jail.helper_pid());
    jail.prepare("native", 2).unwrap();
    let running = jail.launch(launch(&program)).unwrap();
    jail.renew_cells();
    running.wait().unwrap();
    eventually("no cell", || cells() == 0);
    run(&jail, &program);
    assert_eq!(cells(), 1);
}

/// Counts supervisors, one for each cell: children of the helper, which is the monitor's child.
fn cells_below(monitor: u32) -> usize {
    let children = |pid: u32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let each = text.split_whitespace().map(|pid| pid.parse().unwrap());
        each.collect::<Vec<u32>>()
    };
    let helper = children(monitor);
    assert_eq!(helper.len(), 1, "{helper:?}");
    children(helper[0]).len()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "never {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
