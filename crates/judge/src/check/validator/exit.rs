//! The meaning of validators' exit codes. Pure.

use letscode_package::ValidatorProtocol;

use super::feedback::FeedbackFolder;
use crate::execute::result::Outcome;
use crate::verdict::score::AwardedPoints;

/// A validator's decision on an output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ValidatorVerdict {
    Accepted(AwardedPoints),
    Rejected,
}

/// Interprets a validator's exit; an error says how it failed. `stderr` is its standard error.
pub(super) fn interpret_exit(
    protocol: ValidatorProtocol,
    outcome: Outcome,
    stderr: &str,
    feedback: &FeedbackFolder,
) -> Result<ValidatorVerdict, String> {
    let Outcome::Exited { code } = outcome else {
        return Err(with_stderr(outcome.describe(), stderr));
    };
    let points = || feedback.points();
    match (protocol, code) {
        // A modified testlib may use these too.
        (_, 42) => Ok(ValidatorVerdict::Accepted(points()?)),
        (_, 43) => Ok(ValidatorVerdict::Rejected),
        (ValidatorProtocol::Kattis, code) => Err(with_stderr(
            format!("exit code {code}; a validator exits with 42 or 43"),
            stderr,
        )),
        (_, 0) => Ok(ValidatorVerdict::Accepted(points()?)),
        // Wrong answer, presentation error, dirt behind the answer, unexpected end.
        (_, 1 | 2 | 4 | 8) => Ok(ValidatorVerdict::Rejected),
        (protocol, 7) => testlib_points(protocol, stderr),
        (_, 3) => Err(with_stderr(
            "it found an error in the test data or in itself (exit code 3)".to_owned(),
            stderr,
        )),
        (_, code) => Err(with_stderr(
            format!("exit code {code}, which means nothing in testlib"),
            stderr,
        )),
    }
}

/// Parses the points that testlib writes to standard error: `points 12.5 …`.
fn testlib_points(protocol: ValidatorProtocol, stderr: &str) -> Result<ValidatorVerdict, String> {
    let mut tokens = stderr
        .split_whitespace()
        .skip_while(|token| *token != "points");
    let number = tokens.nth(1).and_then(|token| token.parse::<f64>().ok());
    let number = number.filter(|number| number.is_finite() && *number >= 0.0);
    let points = number.ok_or("it gave points (exit code 7) but not how many")?;
    if protocol != ValidatorProtocol::TestlibShares {
        return Ok(ValidatorVerdict::Accepted(AwardedPoints::Score(points)));
    }
    // Hydro's rule: a share, or a percentage; nothing at all is a wrong answer.
    let share = if points > 1.0 { points / 100.0 } else { points };
    Ok(match share {
        0.0 => ValidatorVerdict::Rejected,
        share => ValidatorVerdict::Accepted(AwardedPoints::Multiplier(share.min(1.0))),
    })
}

fn with_stderr(reason: String, stderr: &str) -> String {
    match stderr.trim() {
        "" => reason,
        stderr => format!("{reason}; it wrote: {stderr}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(
        ValidatorProtocol::Kattis,
        42,
        Ok(ValidatorVerdict::Accepted(AwardedPoints::AsPackaged))
    )]
    #[case(ValidatorProtocol::Kattis, 43, Ok(ValidatorVerdict::Rejected))]
    #[case(ValidatorProtocol::Kattis, 0, Err("exit code 0; a validator"))]
    #[case(ValidatorProtocol::Kattis, 1, Err("exit code 1; a validator"))]
    #[case(
        ValidatorProtocol::Testlib,
        0,
        Ok(ValidatorVerdict::Accepted(AwardedPoints::AsPackaged))
    )]
    #[case(ValidatorProtocol::Testlib, 1, Ok(ValidatorVerdict::Rejected))]
    #[case(ValidatorProtocol::Testlib, 2, Ok(ValidatorVerdict::Rejected))]
    #[case(ValidatorProtocol::Testlib, 3, Err("it found an error"))]
    #[case(
        ValidatorProtocol::Testlib,
        7,
        Ok(ValidatorVerdict::Accepted(AwardedPoints::Score(12.5)))
    )]
    #[case(ValidatorProtocol::Testlib, 9, Err("exit code 9, which"))]
    #[case(
        ValidatorProtocol::TestlibShares,
        7,
        Ok(ValidatorVerdict::Accepted(AwardedPoints::Multiplier(0.125)))
    )]
    fn every_exit_code_has_one_meaning(
        #[case] protocol: ValidatorProtocol,
        #[case] code: i32,
        #[case] expected: Result<ValidatorVerdict, &str>,
    ) {
        let verdict = interpret_exit(
            protocol,
            Outcome::Exited { code },
            "points 12.5 half of it",
            &FeedbackFolder::default(),
        );
        match (verdict, expected) {
            (Err(reason), Err(start)) => assert!(reason.starts_with(start), "{reason}"),
            (verdict, expected) => assert_eq!(verdict, expected.map_err(str::to_owned)),
        }
    }

    #[test]
    fn validator_that_was_ended_is_an_error() {
        for outcome in [
            Outcome::Signaled { signal: 11 },
            Outcome::CpuTimeExceeded,
            Outcome::WallTimeExceeded,
            Outcome::MemoryExceeded,
            Outcome::OutputExceeded,
            Outcome::SyscallDenied,
        ] {
            let verdict = interpret_exit(
                ValidatorProtocol::Kattis,
                outcome,
                "",
                &FeedbackFolder::default(),
            );
            assert!(verdict.is_err(), "{outcome:?}");
        }
    }
}
