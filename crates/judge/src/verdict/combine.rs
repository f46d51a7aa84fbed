//! One verdict for several.

use letscode_model::Verdict;

/// Verdicts from the least severe to the most. The order is that of `worst_error` in Kattis' default
/// grader; verdicts that it lacks stand beside the most similar one.
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

/// Returns the most severe verdict; Accepted if there is none.
pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| WORST_LAST.iter().position(|ranked| ranked == verdict);
    verdicts
        .into_iter()
        .max_by_key(rank)
        .unwrap_or(Verdict::Accepted)
}

/// Returns the first verdict that is not Accepted. An Internal Error anywhere has precedence: no other
/// verdict can be trusted then.
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

/// Returns the verdict's identifier in the ICPC's contest interface (CLICS), for scoreboards.
pub fn icpc_code(verdict: Verdict) -> &'static str {
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

    #[test]
    fn several_verdicts_combine_to_one() {
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
    fn every_verdict_has_a_rank() {
        assert!(
            Verdict::ALL
                .iter()
                .all(|verdict| WORST_LAST.contains(verdict))
        );
    }
}
