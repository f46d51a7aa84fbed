//! Many runs of all kinds through one engine, after which nothing may have grown: memory, descriptors,
//! mounts, control groups, processes. `LETSCODE_SOAK` says how many; `make soak` is the long form.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use letscode_judge::{Engine, HelperCommand, builtin_languages};
use letscode_model::{LanguageId, SnippetOutcome};
use letscode_sandbox::Isolation;
use support::host::{Process, cgroup_folders, descendants, mounts};
use support::{LETSCODE, PATIENCE, eventually};

const AT_ONCE: usize = 2;

/// Every kind of cell: compiling, native, an interpreter started anew, an interpreter that waits.
const KINDS: usize = 8;

/// Init, launcher, spare and supervisor, and one more that is on its way.
const PROCESSES_OF_CELL: usize = 5;

const PROGRAMS: [(&str, &str, SnippetOutcome); 11] = [
    (
        "cpp",
        "#include <cstdio>\nint main() { int a; scanf(\"%d\", &a); printf(\"%d\\n\", a + 1); }",
        EXITED,
    ),
    (
        "cpp",
        "#include <cstdlib>\nint main() { abort(); }",
        SnippetOutcome::Signaled,
    ),
    (
        "cpp",
        "#include <fstream>\nint main() { for (int i = 0; i < 50; i++) std::ofstream(\"f\" + std::to_string(i)) << i; }",
        EXITED,
    ),
    (
        "cpp",
        "#include <cstdio>\nint main() { for (;;) puts(\"much\"); }",
        TOO_MUCH,
    ),
    ("python", "print(int(input()) + 1)", EXITED),
    (
        "python",
        "import threading\nt = [threading.Thread(target=print) for _ in range(4)]\n[x.start() for x in t]",
        EXITED,
    ),
    ("python", "1 / 0", EXITED),
    ("python", "while True: print('much' * 1000)", TOO_MUCH),
    (
        "javascript",
        "console.log(Number(require('fs').readFileSync(0)) + 1)",
        EXITED,
    ),
    (
        "javascript",
        "let a = []; for (let i = 0; i < 1e5; i++) a.push({ i }); setTimeout(() => console.log(a.length), 1)",
        EXITED,
    ),
    ("javascript", "throw new Error('x')", EXITED),
];

const EXITED: SnippetOutcome = SnippetOutcome::Exited;
const TOO_MUCH: SnippetOutcome = SnippetOutcome::OutputExceeded;

#[derive(Debug, Clone, Copy)]
struct Footprint {
    /// Of this process, and of those that make cells.
    resident_kib: u64,
    descriptors: usize,
    mounts: usize,
    groups: usize,
    processes: usize,
}

impl Footprint {
    fn now() -> Self {
        let own = std::process::id();
        let all = descendants(own);
        // A cell's supervisor is a fork of the helper, and counts with the cells.
        let keeper = all.iter().filter(|one| one.parent == own);
        let keeper: Vec<u32> = keeper.map(|one| one.pid).collect();
        let helper = all.iter().filter(|one| keeper.contains(&one.parent));
        let lasting = helper.map(|one| one.pid).chain(keeper.clone()).chain([own]);
        let (mut resident_kib, mut descriptors) = (0, 0);
        for pid in lasting {
            resident_kib += anonymous_kib(pid);
            descriptors += fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        }
        let instances: Vec<String> = all.iter().map(Process::instance).collect();
        let groups = cgroup_folders().into_iter();
        let groups = groups.filter(|(instance, _)| instances.contains(instance));
        Footprint {
            resident_kib,
            descriptors,
            mounts: mounts().len(),
            groups: groups
                .map(|(_, folder)| fs::read_dir(folder).map_or(0, Iterator::count))
                .sum(),
            processes: all.len(),
        }
    }
}

fn anonymous_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.map_or(0, |text| {
        text.trim().trim_end_matches(" kB").parse().unwrap()
    })
}

fn run_some(engine: &Engine, runs: usize) {
    let next = AtomicUsize::new(0);
    let run = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= runs {
                return;
            }
            let (language, source, expected) = PROGRAMS[number % PROGRAMS.len()];
            let id = LanguageId(language.to_owned());
            let report = engine
                .run_snippet(&id, source.as_bytes(), &b"41\n"[..])
                .unwrap();
            assert_eq!(
                report.outcome, expected,
                "run {number}: {source}\n{report:?}"
            );
            let is_sum = source.contains("+ 1)");
            assert!(
                !is_sum || report.stdout == "42\n",
                "run {number}: {report:?}"
            );
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(run);
        }
    });
}

#[test]
fn nothing_grows() {
    let runs = std::env::var("LETSCODE_SOAK").map_or(300, |text| text.parse().unwrap());
    let mounts_before = mounts().len();
    let helper = HelperCommand {
        program: LETSCODE.into(),
        args: vec!["jail-helper".to_owned()],
    };
    let mut languages = builtin_languages().unwrap();
    languages.retain(|one| one.id.as_str() != "rust");
    let engine = Engine::start(helper, languages, Isolation::default()).unwrap();
    // Until every cell is there that is ever needed at once.
    run_some(&engine, PROGRAMS.len() * 10);
    let first = Footprint::now();
    println!("after {} runs: {first:?}", PROGRAMS.len() * 10);
    let began = Instant::now();
    const STRETCHES: usize = 5;
    let mut last = first;
    for stretch in 1..=STRETCHES {
        run_some(&engine, runs / STRETCHES);
        last = Footprint::now();
        println!(
            "after {} more in {:.1?}: {last:?}",
            runs / STRETCHES * stretch,
            began.elapsed()
        );
    }
    let most_cells = KINDS * AT_ONCE;
    assert!(
        last.descriptors <= first.descriptors + most_cells,
        "{first:?} {last:?}"
    );
    assert!(
        last.processes <= most_cells * PROCESSES_OF_CELL,
        "{first:?} {last:?}"
    );
    assert!(
        last.groups <= first.groups + most_cells,
        "{first:?} {last:?}"
    );
    assert_eq!(last.mounts, mounts_before);
    // What allocators keep; of 20,000 runs, half a kibibyte each.
    assert!(
        last.resident_kib <= first.resident_kib + 10 * 1024,
        "{first:?} {last:?}"
    );
    assert_eq!(engine.cold_interpreters(), Default::default());

    drop(engine);
    eventually("every process ends", PATIENCE, || {
        let left = descendants(std::process::id());
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("{left:?}")),
        }
    });
    assert_eq!(mounts().len(), mounts_before);
}
