//! The default checker on packages of real contests, if they are beside the repository:
//! every answer is correct as output, and an empty output is not.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use letscode_judge::DefaultChecker;
use letscode_languages::LanguageRegistry;
use letscode_package::{Package, TestCase, Validation};

/// Largest answer that is read: larger ones take long and test nothing else.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

fn packages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/packages");
    let Ok(entries) = folder.read_dir() else {
        eprintln!("skipped: no real packages beside the repository");
        return Vec::new();
    };
    let all = entries.map(|entry| entry.unwrap().path());
    all.filter(|path| path.join("problem.yaml").exists())
        .collect()
}

#[test]
fn every_answer_is_accepted_as_output() {
    for path in packages() {
        let package = Package::load(&path, &LanguageRegistry::builtin().unwrap()).unwrap();
        if package.validation != Validation::Default {
            continue;
        }
        let small =
            |test: &&TestCase| fs::metadata(&test.answer).unwrap().len() <= MAX_ANSWER_BYTES;
        for test in package.data.tests.iter().filter(small) {
            let checker = DefaultChecker::parse(&test.output_validator_args).unwrap();
            let answer = fs::read(&test.answer).unwrap();
            let same = checker.check(&answer[..], &answer[..]).unwrap();
            assert_eq!(same, Ok(()), "{path:?} {}", test.name);
            let is_blank = answer.iter().all(u8::is_ascii_whitespace);
            let nothing = checker.check(&answer[..], &b""[..]).unwrap();
            assert_eq!(nothing.is_ok(), is_blank, "{path:?} {}", test.name);
        }
    }
}
