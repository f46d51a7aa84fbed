//! Verdicts that the author of a package expects of a submission.
//!
//! Authors state them by folder, or in the source by DOMjudge's `@EXPECTED_RESULTS@:`. Neither
//! format has a memory limit verdict: Kattis and DOMjudge call it a run time error, so wherever that
//! is expected, Memory Limit Exceeded is allowed too.

use std::collections::BTreeSet;

use letscode_model::Verdict;

use crate::error::{WarningList, shown};

/// Source of an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectationSource {
    /// The folder's name.
    Folder,
    /// `@EXPECTED_RESULTS@:` in the source.
    Annotation,
    SubmissionsYaml,
}

/// Expectation by a folder's name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FolderExpectation {
    pub verdicts: BTreeSet<Verdict>,
    pub partially_accepted: bool,
}

const CRASHED: [Verdict; 2] = [Verdict::RuntimeError, Verdict::MemoryLimitExceeded];

/// Verdicts that a program can get by itself, other than Accepted.
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

/// Returns the expectation of a folder of the formats, or of one that DOMjudge and others added.
pub(crate) fn of_folder(name: &str) -> Option<FolderExpectation> {
    let verdicts: &[Verdict] = match name {
        "accepted" => &[Verdict::Accepted],
        // A failed group loses points while others keep theirs, so the verdict is a failure; and an
        // accepted submission has fewer points than possible if the validator gives fewer.
        "partially_accepted" => &PARTIAL,
        "wrong_answer" | "no_output" => &[Verdict::WrongAnswer],
        "time_limit_exceeded" => &[Verdict::TimeLimitExceeded],
        "run_time_error" | "runtime_error" => &CRASHED,
        "memory_limit_exceeded" => &[Verdict::MemoryLimitExceeded],
        "output_limit_exceeded" | "output_limit" => &[Verdict::OutputLimitExceeded],
        "compile_error" | "compiler_error" | "compilation_error" => &[Verdict::CompilationError],
        "rejected" => &REJECTED,
        // Correct, but too slow or too large.
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

/// Verdicts for `AC`, `WA`, `TLE` or `RTE` in submissions.yaml.
pub(crate) fn of_code(code: &str) -> Option<&'static [Verdict]> {
    match code {
        "AC" => Some(&[Verdict::Accepted]),
        // The formats count too much output as wrong output.
        "WA" => Some(&[Verdict::WrongAnswer, Verdict::OutputLimitExceeded]),
        "TLE" => Some(&[Verdict::TimeLimitExceeded]),
        "RTE" => Some(&CRASHED),
        _ => None,
    }
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct SourceAnnotation {
    /// Empty for `CHECK-MANUALLY`.
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
            // DOMjudge ignores both then.
            warnings.add_file(file, format!("`{tag}` appears twice: both are ignored"));
            continue;
        }
        match number(&value).filter(|_| tag.contains("SCORE")) {
            Some(score) => annotation.score = Some((score, score)),
            None => annotation.verdicts = results(&value, file, warnings),
        }
    }
    (annotation != SourceAnnotation::default()).then_some(annotation)
}

/// Returns the text behind `tag` of every line that has it, in upper or lower case as in DOMjudge.
fn values_of<'s>(source: &'s [u8], tag: &'static str) -> impl Iterator<Item = String> + 's {
    let value_in = move |line: &[u8]| {
        let at = line
            .windows(tag.len())
            .position(|w| w.eq_ignore_ascii_case(tag.as_bytes()))?;
        Some(
            String::from_utf8_lossy(&line[at + tag.len()..])
                .trim()
                .to_owned(),
        )
    };
    source.split(|b| *b == b'\n').filter_map(value_in)
}

fn number(value: &str) -> Option<f64> {
    value
        .split_whitespace()
        .next()?
        .parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
}

/// Returns `None` if no result is known: then the folder counts.
fn results(value: &str, file: &str, warnings: &mut WarningList) -> Option<BTreeSet<Verdict>> {
    let mut verdicts = BTreeSet::new();
    let mut any_known = false;
    for word in value.split(',') {
        // The line may end in `*/` or `-->`.
        let word: String = word
            .trim()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        match of_result(word.to_ascii_uppercase().trim_end_matches('-')) {
            Some(these) => {
                any_known = true;
                verdicts.extend(these);
            }
            None => {
                warnings.add_file(file, format!("unknown expected result `{}`", shown(&word)));
            }
        }
    }
    any_known.then_some(verdicts)
}

/// Verdicts for one of DOMjudge's results, or for a folder name, which it also accepts.
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
    fn result_annotations_are_read(#[case] source: &str, #[case] expected: Option<Vec<Verdict>>) {
        let annotation = of_source(source.as_bytes(), "a.py", &mut WarningList::default());
        let verdicts = annotation.and_then(|annotation| annotation.verdicts);
        assert_eq!(verdicts, expected.map(|e| e.into_iter().collect()));
    }

    #[test]
    fn score_annotations_are_read() {
        let annotation = of_source(
            b"# @EXPECTED_SCORE@: 40",
            "a.py",
            &mut WarningList::default(),
        );
        assert_eq!(annotation.unwrap().score, Some((40.0, 40.0)));
    }
}
