//! A real workload: hundreds of programs with self-tests and a known outcome.
//!
//! A sample of them by default; all with `LETSCODE_WORKLOAD=all`.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{Source, letscode, letscode_with_input, repository};
use serde_json::Value;

const WORKLOAD: &str = "../shared/workloads/humanevalpack.jsonl";

/// Step of the sample: 40 programs, of all languages, right and wrong ones.
const SPREAD: usize = 11;

/// Does not compile with any version of its crates: it calls `rng.gen()` without `use rand::Rng`.
const KNOWN: &str = "hep/rust/53/canonical";

/// Compiles only where the crate `rand` was built.
const NEEDS_RAND: &str = "hep/rust/38/canonical";

fn programs() -> Option<Vec<Value>> {
    let path = repository().join(WORKLOAD);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return None;
    };
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let all = std::env::var("LETSCODE_WORKLOAD").is_ok_and(|which| which == "all");
    let picked = lines.enumerate().filter(|(at, program): &(usize, Value)| {
        let is_special = [KNOWN, NEEDS_RAND].iter().any(|id| program["id"] == *id);
        all || at % SPREAD == 0 || is_special
    });
    Some(picked.map(|(_, program)| program).collect())
}

/// Returns a message if the outcome differs from the expected one.
fn fault(program: &Value) -> Option<String> {
    let ending = match program["lang"].as_str().unwrap() {
        "python" => "py",
        "javascript" => "js",
        "cpp" => "cpp",
        "rust" => "rs",
        other => panic!("unknown language {other}"),
    };
    let source = Source::new(
        &format!("program.{ending}"),
        program["code"].as_str().unwrap(),
    );
    let input = program["stdin"].as_str().unwrap();
    let report =
        letscode_with_input(input, ["run", "--json", "--after-others", source.arg()]).json();
    let passed = report["outcome"] == "exited" && report["exitCode"] == 0;
    let is_known = program["id"] == KNOWN || (program["id"] == NEEDS_RAND && lacks_rand());
    let as_expected = if is_known {
        // A known failure that is fixed should leave the list.
        report["outcome"] == "compile_failed"
    } else {
        passed == (program["expected"] == "pass")
    };
    let contained = report["outcome"] != "syscall_denied" && report["outcome"] != "sandbox_error";
    let excerpt = || report.to_string().chars().take(1500).collect::<String>();
    (!as_expected || !contained).then(|| format!("{}: {}", program["id"], excerpt()))
}

fn lacks_rand() -> bool {
    let doctor = letscode(["doctor", "--json"]).json();
    let languages = doctor["languages"].as_array().unwrap();
    let rust = languages
        .iter()
        .find(|language| language["id"] == "rust")
        .unwrap();
    let lacks = rust["detail"]
        .as_str()
        .is_some_and(|detail| detail.contains("without rand"));
    if lacks {
        println!("note: {NEEDS_RAND} can't compile here: {}", rust["detail"]);
    }
    lacks
}

#[test]
fn workload_has_its_known_outcomes() {
    let Some(programs) = programs() else { return };
    let languages: BTreeSet<&str> = programs
        .iter()
        .map(|language| language["lang"].as_str().unwrap())
        .collect();
    assert_eq!(languages.len(), 4);
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    faults.lock().unwrap().extend(fault(program));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    println!("{} programs, {} faults", programs.len(), faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
