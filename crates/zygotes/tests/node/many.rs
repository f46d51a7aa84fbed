//! Many forks of mixed programs, four zygotes at a time. LETSCODE_FORKS=5000 makes it a long test.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::launcher::{NODE, Zygote};
use crate::observation::{Observation, Program, StreamKind, cold, forked, programs};

/// One program of each kind: reading, writing, garbage collection, threads, WebAssembly, libuv's pool,
/// exits.
const MIXED: [&str; 16] = [
    "read-large-readline",
    "read-readline-for-await",
    "read-events",
    "read-all-sync",
    "output-large-log",
    "contest-garbage",
    "contest-optimised",
    "workers",
    "workers-shared",
    "wasm-sync",
    "wasm-async",
    "zlib",
    "crypto",
    "throw-error",
    "exit-42",
    "timers-order",
];

#[test]
fn many_forks_behave_alike() {
    if crate::missing().is_some() {
        return;
    }
    let forks = std::env::var("LETSCODE_FORKS").map_or(160, |text| text.parse().unwrap());
    let programs: Vec<Program> = programs("node", "js")
        .into_iter()
        .filter(|program| MIXED.contains(&program.name.as_str()))
        .collect();
    assert_eq!(programs.len(), MIXED.len());
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers = [(); 4].map(|()| scope.spawn(|| fork_some(&programs, &done, forks)));
        for worker in workers {
            let bad = worker.join().unwrap();
            assert!(
                bad.is_empty(),
                "{} are bad, such as {:?}",
                bad.len(),
                bad[0]
            );
        }
    });
    println!("{forks} forks");
}

/// Forks one program after the other from one zygote, which must not grow by it.
fn fork_some(programs: &[Program], done: &AtomicUsize, forks: usize) -> Vec<(String, Observation)> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let mut zygote = Zygote::start(&script, "").unwrap();
    let mut expected = Vec::new();
    for program in programs {
        fs::copy(&program.source, &script).unwrap();
        expected.push(cold(NODE, &script, StreamKind::Pipes, &program.input, &[]));
    }
    let before = footprint(&zygote);
    let mut bad = Vec::new();
    loop {
        let number = done.fetch_add(1, Ordering::Relaxed);
        if number >= forks {
            break;
        }
        // Concurrent forks run different programs, and each is run with pipes and with files.
        let index = number * 7 % programs.len();
        let streams = [StreamKind::Pipes, StreamKind::Files][number / programs.len() % 2];
        fs::copy(&programs[index].source, &script).unwrap();
        let run = forked(&mut zygote, streams, &programs[index].input);
        if run != expected[index] {
            bad.push((programs[index].name.clone(), run));
        }
    }
    assert_eq!(footprint(&zygote), before, "the zygote has grown");
    assert!(zygote.close().success());
    bad
}

/// Counts open descriptors and mappings.
fn footprint(zygote: &Zygote) -> (usize, usize) {
    let folder = format!("/proc/{}", zygote.process.id());
    let descriptors = fs::read_dir(format!("{folder}/fd")).unwrap().count();
    let mappings = fs::read_to_string(format!("{folder}/maps")).unwrap();
    (descriptors, mappings.lines().count())
}
