//! The attack suite: every program of `crates/sandbox/tests/attacks/` through the real engine.
//!
//! A program's name begins with the number of the line of `ATTACKS.md` that it belongs to. The
//! comment lines at its head give the expected result:
//!
//! | Key | Meaning |
//! |---|---|
//! | `attack` | the attack, in one line |
//! | `expect` | the outcomes that are right, with ` \| ` between; with `judge`, verdicts |
//! | `stopped-by` | the layers that stop it, with `, ` between (`layer.rs`): the first acts first, the others stand behind it |
//! | `exit` | the exit code if it exits; refused programs exit with 0 |
//! | `stdout-lacks`, `stderr-lacks` | text that must not be there; may repeat |
//! | `stderr-has` | text that must be there; may repeat |
//! | `stdin` | its input; if repeated, there is a run with each. `{canary}` is the path of a file of the host |
//! | `runs` | number of runs, one after the other |
//! | `at-once` | number of runs at the same time |
//! | `stdout-differs` | no two runs may print the same |
//! | `judge` | submitted to this sample problem instead of run |
//! | `within` | seconds after which the run counts as not contained (30) |
//!
//! A program that got through also says so: `GOT THROUGH` in its output is always a failure, and
//! so is anything of the host's environment.
//!
//! After each program the host is looked at (processes, control groups, files), and after each line
//! again (also mounts, memory, disks). `LETSCODE_ATTACKS_AT_ONCE` says how many programs run at one
//! time (2).
//!
//! `LETSCODE_ATTACKS=sample`, for a machine that is emulated: each attack in one language only, and
//! the CPU limit is right where the program was too slow to meet that of memory.

#![allow(clippy::unwrap_used)]

#[path = "../support/header.rs"]
mod header;
mod host;
mod layer;
mod program;
mod resources;
mod table;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use host::{Host, Turn};
use program::Attack;
use table::WITHOUT_PROGRAM;
use tempfile::TempDir;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/tests/attacks");
const PROBLEMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../problems");
/// Part of the name of every file that a program creates.
const MARK: &str = "letscode-attack-mark";
/// Variable in the environment of the service that must never be visible inside a cell.
const SECRET: (&str, &str) = ("LETSCODE_SECRET", "hunter2");
macro_rules! one_test_per_line {
    ($($name:ident: $line:literal,)*) => {
        $(#[test] fn $name() { contain($line) })*
        const TESTED: &[u32] = &[$($line),*];
    };
}

one_test_per_line! {
    line_01_links_for_the_host: 1,
    line_03_names_that_leave: 3,
    line_04_shell_characters: 4,
    line_05_secrets: 5,
    line_06_descriptors: 6,
    line_07_setuid: 7,
    line_08_network: 8,
    line_10_secrets_at_compile_time: 10,
    line_11_endless_sources: 11,
    line_12_compiler_bombs: 12,
    line_13_code_at_compile_time: 13,
    line_14_processes: 14,
    line_15_memory: 15,
    line_16_output: 16,
    line_17_time: 17,
    line_18_other_processes: 18,
    line_19_escapes: 19,
    line_20_things_left: 20,
    line_21_answers: 21,
    line_22_randomness: 22,
    line_23_forged_results: 23,
    line_24_races: 24,
}

#[test]
fn every_line_has_a_program_or_a_reason() {
    let attacks = Attack::all();
    for line in 1..=24 {
        let programs = attacks.iter().filter(|attack| attack.line == line).count();
        let left_out = WITHOUT_PROGRAM.iter().any(|(number, ..)| *number == line);
        assert!((programs > 0) != left_out, "line {line}: {programs}");
        assert!(TESTED.contains(&line) != left_out, "line {line}");
    }
    assert!(attacks.iter().all(|attack| attack.line <= 24));
}

/// Line 24: many attackers, and honest programs between them that must not be affected.
#[test]
fn many_at_once() {
    let _alone = Turn::alone();
    let mut host = Host::remember();
    let runs_per_core = [
        "14-fork-bomb.cpp",
        "14-thread-bomb.cpp",
        "15-heap.cpp",
        "15-tmpfs.py",
        "16-both-streams.py",
        "16-many-files.rs",
        "17-eight-threads.rs",
        "18-kill-all.py",
        "20-marks.js",
        "23-fake-result.cpp",
        "12-main-array.cpp",
        "15-slow.cpp",
        "16-endless-stderr.js",
        "19-io-uring.py",
        "17-busy.py",
        "14-thread-churn.cpp",
    ]
    .map(|name| Attack {
        // Each gets a tenth of a core: the wall-clock limit may come before the CPU limit.
        expect: vec!["*".to_owned()],
        within: Duration::from_secs(90),
        ..Attack::load(&Path::new(FOLDER).join(name))
    });
    let honest = [
        ("sum.py", "print(sum(map(int, input().split())))"),
        (
            "sum.cpp",
            "#include <iostream>\nint main() { long n, s = 0; while (std::cin >> n) s += n; std::cout << s << '\\n'; }",
        ),
        (
            "sum.js",
            "console.log(require('fs').readFileSync(0, 'utf8').split(' ').reduce((s, n) => s + +n, 0))",
        ),
        (
            "sum.rs",
            "fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); \
             println!(\"{}\", s.split_whitespace().map(|n| n.parse::<i64>().unwrap()).sum::<i64>()) }",
        ),
    ];
    let folder = TempDir::new().unwrap();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(attack) = runs_per_core.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failures = attack.run_all(&host);
                    faults.lock().unwrap().extend(failures);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..2 {
                for (name, source) in honest {
                    let path = folder.path().join(name);
                    fs::write(&path, source).unwrap();
                    let observation = host.run(
                        &["run", "--json", "--after-others"],
                        &path,
                        "20 22\n",
                        Duration::from_secs(90),
                    );
                    let report = observation.json();
                    if report["outcome"] != "exited"
                        || report["exitCode"] != 0
                        || report["stdout"] != "42\n"
                        || !observation.leftovers.is_empty()
                    {
                        let fault = format!("the honest {name} was disturbed: {observation:?}");
                        faults.lock().unwrap().push(fault);
                    }
                }
            }
        });
    });
    let mut faults = faults.into_inner().unwrap();
    faults.extend(host.changes());
    report("many at once", &faults);
}

/// Line 4: a source file's name is passed on unchanged, without a shell.
#[test]
fn a_file_name_is_no_command() {
    let _turn = Turn::with_others();
    let mut host = Host::remember();
    let folder = TempDir::new().unwrap();
    let mut faults = Vec::new();
    for name in [
        format!("$(touch {MARK});`touch {MARK}`.py"),
        format!("a\n;touch {MARK}\n#.py"),
        "--help.py".to_owned(),
        "\\..\\'\"| >.py".to_owned(),
    ] {
        let path = folder.path().join(&name);
        fs::write(&path, "print(open('/proc/self/cmdline').read())").unwrap();
        let observation = host.run(
            &["run", "--json", "--after-others"],
            &path,
            "",
            Duration::from_secs(30),
        );
        // The command line of a forked interpreter ends in more zeros.
        let report = observation.json();
        let shown = report["stdout"].as_str().unwrap_or_default();
        let shown = shown.trim_end_matches(['\0', '\n']);
        if shown != "/usr/bin/python3\0solution.py" || !observation.leftovers.is_empty() {
            faults.push(format!("{name:?}: {observation:?}"));
        }
    }
    if fs::read_dir(folder.path()).unwrap().count() != 4 {
        faults.push("something was made beside the sources".to_owned());
    }
    faults.extend(host.changes());
    report("file names", &faults);
}

/// Line 14: a killed service leaves nothing behind.
#[test]
fn a_killed_service_leaves_nothing() {
    let _turn = Turn::with_others();
    let mut host = Host::remember();
    for name in ["17-sleep.py", "17-busy.cpp", "14-thread-churn.cpp"] {
        let path = Path::new(FOLDER).join(name);
        let mut child = host
            .command(&["run", "--json", "--after-others"], &path)
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(1200));
        host.remember_family(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    report("a killed service", &host.changes());
}

/// Number of programs of a line that run at the same time, from `LETSCODE_ATTACKS_AT_ONCE`.
fn at_once() -> usize {
    let setting = std::env::var("LETSCODE_ATTACKS_AT_ONCE");
    setting.map_or(2, |number| number.parse().unwrap())
}

/// Maximum number of programs that share a core.
fn runs_per_core() -> u32 {
    let cores = thread::available_parallelism().unwrap().get();
    at_once().div_ceil(cores).try_into().unwrap()
}

/// Runs all programs of a line; those that only wait run all at once.
fn contain(line: u32) {
    let _turn = Turn::with_others();
    let started = Instant::now();
    let mut host = Host::remember();
    let attacks = Attack::all();
    let (waiting, working): (Vec<_>, Vec<_>) = attacks
        .iter()
        .filter(|attack| attack.line == line)
        .partition(|attack| attack.only_waits());
    let faults = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for attack in &waiting {
            let (faults, host) = (&faults, &host);
            scope.spawn(move || {
                let failures = attack.run_all(host);
                faults.lock().unwrap().extend(failures);
            });
        }
        for _ in 0..at_once() {
            scope.spawn(|| {
                while let Some(attack) = working.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failures = attack.run_all(&host);
                    faults.lock().unwrap().extend(failures);
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.extend(host.changes());
    let programs = waiting.len() + working.len();
    let runs: usize = attacks
        .iter()
        .filter(|attack| attack.line == line)
        .map(|attack| attack.inputs.len() * attack.runs * attack.at_once)
        .sum();
    println!(
        "line {line}: {programs} programs, {runs} runs, {:.0?}",
        started.elapsed()
    );
    report(&format!("line {line}"), &faults);
}

fn report(what: &str, faults: &[String]) {
    let count = faults.len();
    assert!(
        count == 0,
        "{what}: {count} faults\n\n{}",
        faults.join("\n\n")
    );
}
