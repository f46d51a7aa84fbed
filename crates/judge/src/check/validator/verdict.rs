//! What a validator's exit code means. Pure.

use letscode_package::ValidatorProtocol;
use letscode_sandbox::Outcome;

use super::{Feedback, Points};
use crate::verdict::decide::describe_outcome;

/// What a validator said of an output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Said {
    Right(Points),
    Wrong,
}

/// What a validator's end means; an error says how it failed. Words are what it wrote to standard
/// error.
pub(super) fn understand(
    protocol: ValidatorProtocol,
    outcome: Outcome,
    words: &str,
    feedback: &Feedback,
) -> Result<Said, String> {
    let Outcome::Exited { code } = outcome else {
        return Err(with_words(describe_outcome(outcome), words));
    };
    let points = || feedback.points();
    match (protocol, code) {
        // A testlib that was changed in a way that its text doesn't show.
        (_, 42) => Ok(Said::Right(points()?)),
        (_, 43) => Ok(Said::Wrong),
        (ValidatorProtocol::Testlib, 0) => Ok(Said::Right(points()?)),
        // Wrong answer, presentation error, dirt behind the answer, unexpected end.
        (ValidatorProtocol::Testlib, 1 | 2 | 4 | 8) => Ok(Said::Wrong),
        (ValidatorProtocol::Testlib, 7) => Ok(Said::Right(testlib_points(words)?)),
        (ValidatorProtocol::Testlib, 3) => Err(with_words(
            "it found a fault in the test data or in itself (exit code 3)".to_owned(),
            words,
        )),
        (ValidatorProtocol::Testlib, code) => Err(with_words(
            format!("exit code {code}, which means nothing in testlib"),
            words,
        )),
        (ValidatorProtocol::Kattis, code) => Err(with_words(
            format!("exit code {code}; a validator exits with 42 or 43"),
            words,
        )),
    }
}

/// testlib writes `points 12.5 …` to standard error.
fn testlib_points(words: &str) -> Result<Points, String> {
    let mut words = words
        .split_whitespace()
        .skip_while(|word| *word != "points");
    let number = words.nth(1).and_then(|word| word.parse::<f64>().ok());
    match number.filter(|number| number.is_finite() && *number >= 0.0) {
        Some(points) => Ok(Points::Score(points)),
        None => Err("it gave points (exit code 7) but did not say how many".to_owned()),
    }
}

fn with_words(reason: String, words: &str) -> String {
    match words.trim() {
        "" => reason,
        words => format!("{reason}; it wrote: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(ValidatorProtocol::Kattis, 42, Ok(Said::Right(Points::AsPackaged)))]
    #[case(ValidatorProtocol::Kattis, 43, Ok(Said::Wrong))]
    #[case(ValidatorProtocol::Kattis, 0, Err("exit code 0; a validator"))]
    #[case(ValidatorProtocol::Kattis, 1, Err("exit code 1; a validator"))]
    #[case(ValidatorProtocol::Testlib, 0, Ok(Said::Right(Points::AsPackaged)))]
    #[case(ValidatorProtocol::Testlib, 1, Ok(Said::Wrong))]
    #[case(ValidatorProtocol::Testlib, 2, Ok(Said::Wrong))]
    #[case(ValidatorProtocol::Testlib, 3, Err("it found a fault"))]
    #[case(ValidatorProtocol::Testlib, 7, Ok(Said::Right(Points::Score(12.5))))]
    #[case(ValidatorProtocol::Testlib, 9, Err("exit code 9, which"))]
    fn every_exit_code_has_one_meaning(
        #[case] protocol: ValidatorProtocol,
        #[case] code: i32,
        #[case] expected: Result<Said, &str>,
    ) {
        let said = understand(
            protocol,
            Outcome::Exited { code },
            "points 12.5 half of it",
            &Feedback::default(),
        );
        match (said, expected) {
            (Err(reason), Err(start)) => assert!(reason.starts_with(start), "{reason}"),
            (said, expected) => assert_eq!(said, expected.map_err(str::to_owned)),
        }
    }

    #[test]
    fn a_validator_that_did_not_end_by_itself_says_nothing() {
        for outcome in [
            Outcome::Signaled { signal: 11 },
            Outcome::CpuTimeExceeded,
            Outcome::WallTimeExceeded,
            Outcome::MemoryExceeded,
            Outcome::OutputExceeded,
            Outcome::SyscallDenied,
        ] {
            let said = understand(ValidatorProtocol::Kattis, outcome, "", &Feedback::default());
            assert!(said.is_err(), "{outcome:?}");
        }
    }
}
