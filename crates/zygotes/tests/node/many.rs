//! Many forks of mixed programs, four zygotes at a time: LETSCODE_FORKS=5000 for long.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::launcher::{NODE, Zygote};
use crate::seen::{Program, Seen, Streams, cold, forked, programs};

/// Of each kind one: reading, writing, collecting garbage, threads, WebAssembly, libuv's pool, ends.
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
fn thousands_of_children_and_none_is_bad() {
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

/// One after the other with one zygote, which must not grow by it.
fn fork_some(programs: &[Program], done: &AtomicUsize, forks: usize) -> Vec<(String, Seen)> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let mut zygote = Zygote::start(&script, "").unwrap();
    let mut expected = Vec::new();
    for program in programs {
        fs::copy(&program.source, &script).unwrap();
        expected.push(cold(NODE, &script, Streams::Pipes, &program.input, &[]));
    }
    let before = footprint(&zygote);
    let mut bad = Vec::new();
    loop {
        let number = done.fetch_add(1, Ordering::Relaxed);
        if number >= forks {
            break;
        }
        // Neighbours run different ones, and each comes by pipe and by file.
        let which = number * 7 % programs.len();
        let streams = [Streams::Pipes, Streams::Files][number / programs.len() % 2];
        fs::copy(&programs[which].source, &script).unwrap();
        let seen = forked(&mut zygote, streams, &programs[which].input);
        if seen != expected[which] {
            bad.push((programs[which].name.clone(), seen));
        }
    }
    assert_eq!(footprint(&zygote), before, "the zygote has grown");
    assert!(zygote.close().success());
    bad
}

/// Open descriptors and mappings.
fn footprint(zygote: &Zygote) -> (usize, usize) {
    let folder = format!("/proc/{}", zygote.process.id());
    let descriptors = fs::read_dir(format!("{folder}/fd")).unwrap().count();
    let mappings = fs::read_to_string(format!("{folder}/maps")).unwrap();
    (descriptors, mappings.lines().count())
}
