//! Which verdicts agree with what an author says of a solution.
//!
//! Authors say it by folder, or in the source by DOMjudge's `@EXPECTED_RESULTS@:`. Neither format
//! knows a memory limit verdict: Kattis and DOMjudge call it a run time error, so wherever that is
//! expected, Memory Limit Exceeded agrees too.

use std::collections::BTreeSet;

use letscode_model::Verdict;

use crate::error::{WarningList, shown};

/// Who said what is expected of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectationSource {
    /// The folder's name.
    Folder,
    /// `@EXPECTED_RESULTS@:` in the source.
    Annotation,
    SubmissionsYaml,
}

/// What a folder says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FolderExpectation {
    pub verdicts: BTreeSet<Verdict>,
    pub partially_accepted: bool,
}

const CRASHED: [Verdict; 2] = [Verdict::RuntimeError, Verdict::MemoryLimitExceeded];

/// Every verdict that a program can earn by itself without being accepted.
const REJECTED: [Verdict; 6] = [
    Verdict::WrongAnswer,
    Verdict::TimeLimitExceeded,
    Verdict::MemoryLimitExceeded,
    Verdict::OutputLimitExceeded,
    Verdict::RuntimeError,
    Verdict::SecurityViolation,
];

const PARTIAL: [Verdict; 6] = [
    Verdict::Accepted,
    Verdict::WrongAnswer,
    Verdict::TimeLimitExceeded,
    Verdict::MemoryLimitExceeded,
    Verdict::OutputLimitExceeded,
    Verdict::RuntimeError,
];

/// The formats' folders and those that DOMjudge and others added; `None` for any other name.
pub(crate) fn of_folder(name: &str) -> Option<FolderExpectation> {
    let verdicts: &[Verdict] = match name {
        "accepted" => &[Verdict::Accepted],
        // Accepted is for full marks, so it is some failure where points are given by group; a
        // validator may give less than full marks for an accepted test.
        "partially_accepted" => &PARTIAL,
        "wrong_answer" | "no_output" => &[Verdict::WrongAnswer],
        "time_limit_exceeded" => &[Verdict::TimeLimitExceeded],
        "run_time_error" | "runtime_error" => &CRASHED,
        "memory_limit_exceeded" => &[Verdict::MemoryLimitExceeded],
        "output_limit_exceeded" | "output_limit" => &[Verdict::OutputLimitExceeded],
        "compile_error" | "compiler_error" | "compilation_error" => &[Verdict::CompilationError],
        "rejected" => &REJECTED,
        // Never wrong, but too slow or too large.
        "brute_force" => &[
            Verdict::RuntimeError,
            Verdict::MemoryLimitExceeded,
            Verdict::TimeLimitExceeded,
        ],
        _ => return None,
    };
    Some(FolderExpectation {
        verdicts: verdicts.iter().copied().collect(),
        partially_accepted: name == "partially_accepted",
    })
}

/// The `AC`, `WA`, `TLE` and `RTE` of submissions.yaml.
pub(crate) fn of_code(code: &str) -> Option<&'static [Verdict]> {
    match code {
        "AC" => Some(&[Verdict::Accepted]),
        // Too much output is a wrong output to the formats.
        "WA" => Some(&[Verdict::WrongAnswer, Verdict::OutputLimitExceeded]),
        "TLE" => Some(&[Verdict::TimeLimitExceeded]),
        "RTE" => Some(&CRASHED),
        _ => None,
    }
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct SourceAnnotation {
    /// Empty when people are to judge the solution.
    pub verdicts: Option<BTreeSet<Verdict>>,
    pub score: Option<(f64, f64)>,
}

/// Reads `@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT` or `@EXPECTED_SCORE@: 40` from a source.
pub(crate) fn of_source(
    source: &[u8],
    file: &str,
    warnings: &mut WarningList,
) -> Option<SourceAnnotation> {
    let mut annotation = SourceAnnotation::default();
    for tag in ["@EXPECTED_RESULTS@:", "@EXPECTED_SCORE@:"] {
        let mut values = values_of(source, tag);
        let Some(value) = values.next() else { continue };
        if values.next().is_some() {
            // DOMjudge takes neither then.
            warnings.add_file(file, format!("`{tag}` stands twice: both are left out"));
            continue;
        }
        match number(&value).filter(|_| tag.contains("SCORE")) {
            Some(score) => annotation.score = Some((score, score)),
            None => annotation.verdicts = results(&value, file, warnings),
        }
    }
    (annotation != SourceAnnotation::default()).then_some(annotation)
}

/// The rest of every line behind `tag`, in any case of letters as in DOMjudge.
fn values_of<'s>(source: &'s [u8], tag: &'static str) -> impl Iterator<Item = String> + 's {
    let finds = move |line: &[u8]| {
        let at = line
            .windows(tag.len())
            .position(|w| w.eq_ignore_ascii_case(tag.as_bytes()))?;
        Some(
            String::from_utf8_lossy(&line[at + tag.len()..])
                .trim()
                .to_owned(),
        )
    };
    source.split(|b| *b == b'\n').filter_map(finds)
}

fn number(value: &str) -> Option<f64> {
    value
        .split_whitespace()
        .next()?
        .parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
}

/// `None` when no word is understood: then the folder counts.
fn results(value: &str, file: &str, warnings: &mut WarningList) -> Option<BTreeSet<Verdict>> {
    let mut verdicts = BTreeSet::new();
    let mut understood = false;
    for word in value.split(',') {
        // The line may end in `*/` or `-->`.
        let word: String = word
            .trim()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        match of_result(word.to_ascii_uppercase().trim_end_matches('-')) {
            Some(these) => {
                understood = true;
                verdicts.extend(these);
            }
            None => {
                warnings.add_file(file, format!("unknown expected result `{}`", shown(&word)));
            }
        }
    }
    understood.then_some(verdicts)
}

/// DOMjudge's results, and the folder names that it takes for the same.
fn of_result(name: &str) -> Option<Vec<Verdict>> {
    let verdicts: &[Verdict] = match name {
        "CORRECT" => &[Verdict::Accepted],
        "WRONG-ANSWER" | "NO-OUTPUT" => &[Verdict::WrongAnswer],
        "TIMELIMIT" => &[Verdict::TimeLimitExceeded],
        "RUN-ERROR" => &CRASHED,
        "MEMORY-LIMIT" => &[Verdict::MemoryLimitExceeded],
        "OUTPUT-LIMIT" => &[Verdict::OutputLimitExceeded],
        "COMPILER-ERROR" => &[Verdict::CompilationError],
        "CHECK-MANUALLY" => &[],
        folder => {
            let rule = of_folder(&folder.to_ascii_lowercase())?;
            return Some(rule.verdicts.into_iter().collect());
        }
    };
    Some(verdicts.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::*;

    #[rstest::rstest]
    #[case("// @EXPECTED_RESULTS@: CORRECT", Some(vec![Accepted]))]
    #[case("# @expected_results@: wrong-answer, TIMELIMIT\r\nrest", Some(vec![WrongAnswer, TimeLimitExceeded]))]
    #[case("/* @EXPECTED_RESULTS@: RUN-ERROR */", Some(vec![MemoryLimitExceeded, RuntimeError]))]
    #[case("<!-- @EXPECTED_RESULTS@: OUTPUT-LIMIT--> ", Some(vec![OutputLimitExceeded]))]
    #[case("@EXPECTED_RESULTS@: TIME_LIMIT_EXCEEDED", Some(vec![TimeLimitExceeded]))]
    #[case("@EXPECTED_RESULTS@: CHECK-MANUALLY", Some(vec![]))]
    #[case("@EXPECTED_SCORE@: WRONG-ANSWER", Some(vec![WrongAnswer]))]
    #[case("@EXPECTED_RESULTS@: nonsense", None)]
    #[case("@EXPECTED_RESULTS@: CORRECT\n@EXPECTED_RESULTS@: TIMELIMIT", None)]
    #[case("print(1)", None)]
    fn annotations(#[case] source: &str, #[case] expected: Option<Vec<Verdict>>) {
        let found = of_source(source.as_bytes(), "a.py", &mut WarningList::default());
        let verdicts = found.and_then(|annotation| annotation.verdicts);
        assert_eq!(verdicts, expected.map(|e| e.into_iter().collect()));
    }

    #[test]
    fn a_score_may_be_expected() {
        let found = of_source(
            b"# @EXPECTED_SCORE@: 40",
            "a.py",
            &mut WarningList::default(),
        );
        assert_eq!(found.unwrap().score, Some((40.0, 40.0)));
    }
}
