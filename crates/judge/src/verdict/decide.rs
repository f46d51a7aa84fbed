//! From what the sandbox saw and what the checker said to a verdict: the domain rule, in one place.

use letscode_model::Verdict;
use letscode_sandbox::Outcome;

/// What a checker said of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    Right,
    /// With the reason, which holds nothing of the hidden answer.
    Wrong(String),
}

/// The verdict on one run, and a word for its author where there is something to say.
///
/// A program that did not end by itself with exit code 0 is never asked whether its output was
/// right: `check` is called only then.
pub fn decide<E>(
    outcome: Outcome,
    check: impl FnOnce() -> Result<Check, E>,
) -> Result<Verdicted, E> {
    Ok(match outcome {
        Outcome::Exited { code: 0 } => match check()? {
            Check::Right => (Verdict::Accepted, None),
            Check::Wrong(reason) => (Verdict::WrongAnswer, Some(reason)),
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
    })
}

/// A verdict, and a word for its author where there is something to say.
pub type Verdicted = (Verdict, Option<String>);

/// The two that talk in an interactive problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Submission,
    Validator,
}

/// The verdict on an interaction. `end` is what the validator said, or how it failed.
///
/// 1. A submission that failed before the validator had ended is judged by that: a validator that
///    was left alone may say anything.
/// 2. A validator that failed is a fault of the package's.
/// 3. A validator that rejected and ended first decides: what the submission does with a
///    conversation that is over is no longer asked.
/// 4. A submission that failed is judged by that; only then does the validator's word count.
pub fn decide_interactive<E>(
    first: Side,
    end: Result<bool, E>,
    outcome: Outcome,
    reason: impl FnOnce() -> String,
) -> Result<Verdicted, E> {
    let ended_well = outcome == (Outcome::Exited { code: 0 });
    if first == Side::Submission && !ended_well {
        return decide(outcome, || end.map(|_| Check::Right));
    }
    let accepts = end?;
    if !accepts && first == Side::Validator {
        return Ok((Verdict::WrongAnswer, Some(reason())));
    }
    decide(outcome, || {
        Ok(match accepts {
            true => Check::Right,
            false => Check::Wrong(reason()),
        })
    })
}

/// For people: how a program ended that should not have ended so.
pub fn describe_outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exited { code } => format!("exit code {code}"),
        Outcome::Signaled { signal } => describe_signal(signal),
        Outcome::CpuTimeExceeded => "it used more CPU time than allowed".to_owned(),
        Outcome::WallTimeExceeded => "it took too long".to_owned(),
        Outcome::MemoryExceeded => "it used more memory than allowed".to_owned(),
        Outcome::OutputExceeded => "it wrote more than allowed".to_owned(),
        Outcome::SyscallDenied => "it made a system call that is not allowed".to_owned(),
    }
}

/// Such as `signal 11 (segmentation fault)`.
pub fn describe_signal(signal: i32) -> String {
    let name = match signal {
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "arithmetic error, such as a division by zero",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

/// Which of several failures names the whole, from the least telling to the most. After Kattis'
/// default grader, whose rule for `worst_error` this is; what it lacks stands beside its like.
const WORST_LAST: [Verdict; 9] = [
    Verdict::Accepted,
    Verdict::WrongAnswer,
    Verdict::OutputLimitExceeded,
    Verdict::TimeLimitExceeded,
    Verdict::MemoryLimitExceeded,
    Verdict::RuntimeError,
    Verdict::SecurityViolation,
    Verdict::CompilationError,
    Verdict::InternalError,
];

/// The worst of some verdicts; Accepted when there is none.
pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| WORST_LAST.iter().position(|known| known == verdict);
    verdicts
        .into_iter()
        .max_by_key(rank)
        .unwrap_or(Verdict::Accepted)
}

/// The first verdict that is not Accepted. An Internal Error anywhere wins: where we failed, no
/// other verdict is to be trusted.
pub fn first_error(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut first = Verdict::Accepted;
    for verdict in verdicts {
        if verdict == Verdict::InternalError {
            return verdict;
        }
        if first == Verdict::Accepted {
            first = verdict;
        }
    }
    first
}

/// The verdict's identifier in the ICPC's contest interface (CLICS): what a scoreboard takes.
pub fn icpc(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "AC",
        Verdict::WrongAnswer => "WA",
        Verdict::TimeLimitExceeded => "TLE",
        Verdict::MemoryLimitExceeded => "MLE",
        Verdict::OutputLimitExceeded => "OLE",
        Verdict::RuntimeError => "RTE",
        Verdict::CompilationError => "CE",
        Verdict::SecurityViolation => "SV",
        Verdict::InternalError => "JE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outcome: Outcome, check: Check) -> Verdict {
        decide::<()>(outcome, || Ok(check)).unwrap().0
    }

    #[test]
    fn every_outcome_has_its_verdict() {
        use Outcome::*;
        let wrong = || Check::Wrong("differs".to_owned());
        let table = [
            (Exited { code: 0 }, Check::Right, Verdict::Accepted),
            (Exited { code: 0 }, wrong(), Verdict::WrongAnswer),
            // The right output does not help a program that failed.
            (Exited { code: 1 }, Check::Right, Verdict::RuntimeError),
            (Exited { code: 42 }, Check::Right, Verdict::RuntimeError),
            (Signaled { signal: 11 }, Check::Right, Verdict::RuntimeError),
            (CpuTimeExceeded, Check::Right, Verdict::TimeLimitExceeded),
            (WallTimeExceeded, Check::Right, Verdict::TimeLimitExceeded),
            (MemoryExceeded, Check::Right, Verdict::MemoryLimitExceeded),
            (OutputExceeded, Check::Right, Verdict::OutputLimitExceeded),
            (SyscallDenied, Check::Right, Verdict::SecurityViolation),
        ];
        for (outcome, check, expected) in table {
            assert_eq!(verdict(outcome, check), expected, "{outcome:?}");
        }
    }

    #[test]
    fn the_checker_is_asked_only_about_programs_that_ended_well() {
        let never = || -> Result<Check, ()> { panic!("asked") };
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
    fn who_ended_first_decides_an_interaction() {
        use Outcome::*;
        use Side::*;
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
        for (first, end, outcome, expected) in table {
            let decided = decide_interactive(first, end, outcome, String::new);
            let verdict = decided.map(|(verdict, _)| verdict);
            assert_eq!(verdict, expected, "{first:?} {end:?} {outcome:?}");
        }
    }

    #[test]
    fn several_verdicts_become_one() {
        use Verdict::*;
        let table: [(&[Verdict], Verdict, Verdict); 6] = [
            (&[], Accepted, Accepted),
            (&[Accepted, Accepted], Accepted, Accepted),
            (
                &[Accepted, WrongAnswer, RuntimeError],
                RuntimeError,
                WrongAnswer,
            ),
            (
                &[TimeLimitExceeded, WrongAnswer],
                TimeLimitExceeded,
                TimeLimitExceeded,
            ),
            (
                &[TimeLimitExceeded, OutputLimitExceeded],
                TimeLimitExceeded,
                TimeLimitExceeded,
            ),
            (&[WrongAnswer, InternalError], InternalError, InternalError),
        ];
        for (verdicts, expected_worst, expected_first) in table {
            assert_eq!(
                worst(verdicts.iter().copied()),
                expected_worst,
                "{verdicts:?}"
            );
            assert_eq!(
                first_error(verdicts.iter().copied()),
                expected_first,
                "{verdicts:?}"
            );
        }
    }

    #[test]
    fn no_verdict_is_forgotten_in_the_order() {
        assert!(
            Verdict::ALL
                .iter()
                .all(|verdict| WORST_LAST.contains(verdict))
        );
    }
}
