//! Many runs of all kinds through one engine, after which nothing may have grown: memory, descriptors,
//! mounts, control groups, processes. `LETSCODE_SOAK` sets the number of runs or the time (`60m`),
//! `LETSCODE_SOAK_LANGUAGE` selects one language; `make soak` is the long form.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::alone;
use crate::support::host::{Process, cgroup_folders, descendants, mounts};
use crate::support::{LETSCODE, TIMEOUT, eventually};
use letscode_judge::{Engine, EngineConfig, HelperCommand, Priority};
use letscode_languages::{LanguageRegistry, builtin_languages};
use letscode_model::{LanguageId, LimitCaps, SnippetOutcome};
use letscode_sandbox::Isolation;

const AT_ONCE: usize = 2;

/// Number of kinds of cells: compilers, native programs, new and warm interpreters.
const KINDS: usize = 8;

/// Init, launcher, spare and supervisor, and one more that is starting or ending.
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
    /// Memory of this process and of the processes that make cells.
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
        let monitors = all.iter().filter(|process| process.parent == own);
        let monitors: Vec<u32> = monitors.map(|process| process.pid).collect();
        let helper = all
            .iter()
            .filter(|process| monitors.contains(&process.parent));
        let permanent = helper
            .map(|process| process.pid)
            .chain(monitors.clone())
            .chain([own]);
        let (mut resident_kib, mut descriptors) = (0, 0);
        for pid in permanent {
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

/// Length of the test.
#[derive(Clone, Copy)]
enum Length {
    Runs(usize),
    Time(Duration),
}

impl Length {
    fn from_environment() -> Self {
        let Ok(text) = std::env::var("LETSCODE_SOAK") else {
            return Length::Runs(300);
        };
        match text.strip_suffix('m') {
            Some(minutes) => {
                Length::Time(Duration::from_secs(60 * minutes.parse::<u64>().unwrap()))
            }
            None => Length::Runs(text.parse().unwrap()),
        }
    }

    fn part(self, parts: usize) -> Self {
        match self {
            Length::Runs(runs) => Length::Runs(runs / parts),
            Length::Time(time) => Length::Time(time / parts as u32),
        }
    }
}

/// Runs programs; returns their number.
fn run_some(engine: &Engine, length: Length) -> usize {
    let only = std::env::var("LETSCODE_SOAK_LANGUAGE").ok();
    let is_selected = |language: &str| only.as_ref().is_none_or(|only| only == language);
    let programs: Vec<_> = PROGRAMS
        .iter()
        .filter(|program| is_selected(program.0))
        .collect();
    assert!(!programs.is_empty(), "no program is in {only:?}");
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    let run = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let is_enough = match length {
                Length::Runs(runs) => number >= runs,
                Length::Time(time) => began.elapsed() >= time,
            };
            if is_enough {
                return;
            }
            let (language, source, expected) = *programs[number % programs.len()];
            let id = LanguageId(language.to_owned());
            let report = engine
                .run_snippet(&id, source.as_bytes(), &b"41\n"[..], Priority::Normal)
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
    next.into_inner() - AT_ONCE
}

#[test]
fn nothing_grows() {
    let _alone = alone();
    let length = Length::from_environment();
    let mounts_before = mounts();
    let helper = HelperCommand {
        program: LETSCODE.into(),
        args: vec!["jail-helper".to_owned()],
    };
    let mut languages = builtin_languages().unwrap();
    languages.retain(|language| language.id.as_str() != "rust");
    let engine = Engine::start(EngineConfig {
        helper,
        languages: LanguageRegistry::new(languages).unwrap(),
        isolation: Isolation::default(),
        caps: LimitCaps::default(),
        headers: None,
        watch: letscode_model::WatchMode::Off,
    })
    .unwrap();
    // Warm-up: makes every cell that is ever needed at once.
    let mut runs = run_some(&engine, Length::Runs(PROGRAMS.len() * 10));
    let first = Footprint::now();
    println!("after {runs} runs: {first:?}");
    let began = Instant::now();
    const STRETCHES: usize = 5;
    let mut last = first;
    for _ in 0..STRETCHES {
        runs += run_some(&engine, length.part(STRETCHES));
        last = Footprint::now();
        println!("after {runs} runs, {:.1?}: {last:?}", began.elapsed());
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
    // The lines show if the mount belongs to another program of the host.
    assert_eq!(last.mounts, mounts_before.len(), "{:#?}", mounts());
    // Memory that allocators retain; half a kibibyte per run for 20,000 runs.
    assert!(
        last.resident_kib <= first.resident_kib + 10 * 1024,
        "{first:?} {last:?}"
    );
    assert_eq!(engine.toolchains().cold_interpreters(), Default::default());

    drop(engine);
    eventually("every process ends", TIMEOUT, || {
        let left = descendants(std::process::id());
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    assert_eq!(mounts(), mounts_before);
}
