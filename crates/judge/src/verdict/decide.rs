//! The verdict on one run: its outcome, combined with the checker's result.

use letscode_model::Verdict;

use crate::execute::pair::PairSide;
use crate::execute::result::{Outcome, describe_signal};

/// A checker's result for one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CheckResult {
    Correct,
    /// The reason holds nothing of the hidden answer.
    Wrong(String),
}

/// Returns the verdict on one run.
///
/// `check` is called only if the program ended by itself with exit code 0: the output of any other
/// program doesn't count.
pub(crate) fn decide<E>(
    outcome: Outcome,
    check: impl FnOnce() -> Result<CheckResult, E>,
) -> Result<TestVerdict, E> {
    let (verdict, message) = match outcome {
        Outcome::Exited { code: 0 } => match check()? {
            CheckResult::Correct => (Verdict::Accepted, None),
            CheckResult::Wrong(reason) => (Verdict::WrongAnswer, Some(reason)),
        },
        Outcome::Exited { code } => (Verdict::RuntimeError, Some(format!("exit code {code}"))),
        Outcome::Signaled { signal } => (Verdict::RuntimeError, Some(describe_signal(signal))),
        Outcome::CpuTimeExceeded => (Verdict::TimeLimitExceeded, None),
        Outcome::WallTimeExceeded => (
            Verdict::TimeLimitExceeded,
            Some("wall-clock limit: the program waited or slept".to_owned()),
        ),
        Outcome::MemoryExceeded => (Verdict::MemoryLimitExceeded, None),
        Outcome::OutputExceeded => (Verdict::OutputLimitExceeded, None),
        Outcome::SyscallDenied => (
            Verdict::SecurityViolation,
            Some("ended for a system call that is not allowed".to_owned()),
        ),
        Outcome::SyscallRateExceeded => (
            Verdict::SecurityViolation,
            Some("ended for too many system calls a second".to_owned()),
        ),
        Outcome::MemoryGrowthExceeded => (
            Verdict::SecurityViolation,
            Some("ended because its memory grew too fast".to_owned()),
        ),
    };
    Ok(TestVerdict { verdict, message })
}

/// Verdict on one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestVerdict {
    pub verdict: Verdict,
    /// Explanation for the submission's author.
    pub message: Option<String>,
}

/// Returns the verdict on a conversation. `accepted` is the validator's decision, or how it failed.
///
/// 1. A submission that failed before the validator had ended gets the verdict of its own failure:
///    the decision of a validator whose peer is gone is arbitrary.
/// 2. A validator that failed is an error of the package.
/// 3. A validator that rejected and ended first decides: the rest of the submission's run is
///    irrelevant.
/// 4. A submission that failed gets the verdict of its failure; only then the validator decides.
pub(crate) fn decide_interactive<E>(
    ended_first: PairSide,
    accepted: Result<bool, E>,
    outcome: Outcome,
    reason: impl FnOnce() -> String,
) -> Result<TestVerdict, E> {
    if ended_first == PairSide::Submission && outcome != Outcome::SUCCESS {
        return decide(outcome, || accepted.map(|_| CheckResult::Correct));
    }
    let accepted = accepted?;
    if !accepted && ended_first == PairSide::Validator {
        return Ok(TestVerdict {
            verdict: Verdict::WrongAnswer,
            message: Some(reason()),
        });
    }
    decide(outcome, || {
        Ok(if accepted {
            CheckResult::Correct
        } else {
            CheckResult::Wrong(reason())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outcome: Outcome, check: CheckResult) -> Verdict {
        decide::<()>(outcome, || Ok(check)).unwrap().verdict
    }

    #[test]
    fn every_outcome_has_its_verdict() {
        use Outcome::*;
        let wrong = || CheckResult::Wrong("differs".to_owned());
        let table = [
            (Exited { code: 0 }, CheckResult::Correct, Verdict::Accepted),
            (Exited { code: 0 }, wrong(), Verdict::WrongAnswer),
            // A correct output does not help a program that failed.
            (
                Exited { code: 1 },
                CheckResult::Correct,
                Verdict::RuntimeError,
            ),
            (
                Exited { code: 42 },
                CheckResult::Correct,
                Verdict::RuntimeError,
            ),
            (
                Signaled { signal: 11 },
                CheckResult::Correct,
                Verdict::RuntimeError,
            ),
            (
                CpuTimeExceeded,
                CheckResult::Correct,
                Verdict::TimeLimitExceeded,
            ),
            (
                WallTimeExceeded,
                CheckResult::Correct,
                Verdict::TimeLimitExceeded,
            ),
            (
                MemoryExceeded,
                CheckResult::Correct,
                Verdict::MemoryLimitExceeded,
            ),
            (
                OutputExceeded,
                CheckResult::Correct,
                Verdict::OutputLimitExceeded,
            ),
            (
                SyscallDenied,
                CheckResult::Correct,
                Verdict::SecurityViolation,
            ),
        ];
        for (outcome, check, expected) in table {
            assert_eq!(verdict(outcome, check), expected, "{outcome:?}");
        }
    }

    #[test]
    fn checker_is_called_only_after_success() {
        let never = || -> Result<CheckResult, ()> { panic!("called") };
        for outcome in [
            Outcome::Exited { code: 1 },
            Outcome::MemoryExceeded,
            Outcome::SyscallDenied,
        ] {
            decide(outcome, never).unwrap();
        }
        assert_eq!(
            decide(Outcome::Exited { code: 0 }, || Err("broken")),
            Err("broken")
        );
    }

    #[test]
    fn first_end_decides_a_conversation() {
        use Outcome::*;
        use PairSide::*;
        let (good, crashed) = (Exited { code: 0 }, Signaled { signal: 13 });
        let broken = Err("broken");
        let table = [
            (Validator, Ok(true), good, Ok(Verdict::Accepted)),
            (Submission, Ok(true), good, Ok(Verdict::Accepted)),
            (Validator, Ok(false), good, Ok(Verdict::WrongAnswer)),
            (Submission, Ok(false), good, Ok(Verdict::WrongAnswer)),
            // Rejected, and only then did the submission fail.
            (Validator, Ok(false), crashed, Ok(Verdict::WrongAnswer)),
            (
                Validator,
                Ok(false),
                CpuTimeExceeded,
                Ok(Verdict::WrongAnswer),
            ),
            // Failed, and only then did the validator reject.
            (Submission, Ok(false), crashed, Ok(Verdict::RuntimeError)),
            (
                Submission,
                Ok(false),
                WallTimeExceeded,
                Ok(Verdict::TimeLimitExceeded),
            ),
            (
                Submission,
                Ok(false),
                OutputExceeded,
                Ok(Verdict::OutputLimitExceeded),
            ),
            (Submission, Ok(true), crashed, Ok(Verdict::RuntimeError)),
            (Validator, Ok(true), crashed, Ok(Verdict::RuntimeError)),
            (
                Validator,
                Ok(true),
                CpuTimeExceeded,
                Ok(Verdict::TimeLimitExceeded),
            ),
            // A validator that failed.
            (
                Validator,
                broken,
                good,
                broken.map(|_: bool| Verdict::Accepted),
            ),
            (
                Submission,
                broken,
                good,
                broken.map(|_: bool| Verdict::Accepted),
            ),
            (
                Validator,
                broken,
                crashed,
                broken.map(|_: bool| Verdict::Accepted),
            ),
            (Submission, broken, crashed, Ok(Verdict::RuntimeError)),
        ];
        for (ended_first, accepted, outcome, expected) in table {
            let decided = decide_interactive(ended_first, accepted, outcome, String::new);
            let verdict = decided.map(|decided| decided.verdict);
            assert_eq!(
                verdict, expected,
                "{ended_first:?} {accepted:?} {outcome:?}"
            );
        }
    }
}
