//! Results as the public sees them: what a run on hidden data says about the data is left out.
//!
//! A program can choose its memory, its time and its output by what it reads, and learn as much of a
//! hidden test as the answer's numbers can tell apart.

use letscode_model::{
    DeniedCall, Event, RunActivity, StatusUpdate, Submission, SubmissionSummary, TestResult,
    Verdict, VerdictSummary,
};

const MIB: u64 = 1 << 20;
/// Replaces messages about the place of the first difference.
const WRONG_OUTPUT: &str = "the output is wrong";

pub(crate) fn submission(mut submission: Submission) -> Submission {
    submission.verdict = submission.verdict.map(verdict);
    let results = submission.test_results.into_iter();
    submission.test_results = results.map(test_result).collect();
    for judgement in &mut submission.judgements {
        judgement.verdict = judgement.verdict.take().map(verdict);
    }
    submission
}

pub(crate) fn summary(mut summary: SubmissionSummary) -> SubmissionSummary {
    summary.verdict = summary.verdict.map(verdict);
    summary
}

pub(crate) fn event(event: Event) -> Event {
    match event {
        Event::StatusUpdate(change) => Event::StatusUpdate(update(change)),
        event => event,
    }
}

pub(crate) fn update(update: StatusUpdate) -> StatusUpdate {
    StatusUpdate {
        test_result: update.test_result.map(test_result),
        verdict: update.verdict.map(verdict),
        ..update
    }
}

/// Rounds the figures, which may be those of a hidden test.
pub(crate) fn verdict(verdict: VerdictSummary) -> VerdictSummary {
    VerdictSummary {
        max_time: coarse_time(verdict.max_time),
        max_memory: coarse_memory(verdict.max_memory),
        ..verdict
    }
}

fn test_result(result: TestResult) -> TestResult {
    if result.is_sample {
        return result;
    }
    let denied_call = result.denied_call.map(DeniedCall::without_data);
    let activity = result.activity.map(coarse_activity);
    let rate = activity.and_then(|activity| activity.explain());
    let message = match (&denied_call, result.verdict) {
        (Some(call), _) => Some(call.explain()),
        (None, Verdict::SecurityViolation) => rate.or(result.message),
        (None, Verdict::WrongAnswer) => Some(WRONG_OUTPUT.to_owned()),
        (None, _) => result.message,
    };
    TestResult {
        execution_time: coarse_time(result.execution_time),
        wall_time: coarse_time(result.wall_time),
        memory_used: coarse_memory(result.memory_used),
        message,
        denied_call,
        activity,
        ..result
    }
}

fn coarse_activity(activity: RunActivity) -> RunActivity {
    let coarse = |rate: u64| coarse_time(rate as f64) as u64;
    RunActivity {
        syscalls_per_second: activity.syscalls_per_second.map(coarse),
        memory_growth_per_second: activity.memory_growth_per_second.map(coarse_memory),
        ..activity
    }
}

/// Rounds a time to two significant digits.
fn coarse_time(time: f64) -> f64 {
    if !time.is_finite() || time <= 0.0 {
        return 0.0;
    }
    // Negative exponents are not exact; dividing by a power of ten is.
    let exponent = time.log10().floor() as i32 - 1;
    let step = 10f64.powi(exponent.abs());
    if exponent < 0 {
        (time * step).round() / step
    } else {
        (time / step).round() * step
    }
}

/// Rounds memory up to MiB, and to two significant digits of these.
fn coarse_memory(bytes: u64) -> u64 {
    let mib = bytes.div_ceil(MIB);
    let mut step = 1;
    while mib / step >= 100 {
        step *= 10;
    }
    mib.div_ceil(step).saturating_mul(step).saturating_mul(MIB)
}

#[cfg(test)]
mod tests {
    use letscode_model::RunStage;

    use super::*;

    #[test]
    fn times_have_two_digits() {
        for (exact, rounded) in [
            (0.0, 0.0),
            (4.5, 4.5),
            (4.56, 4.6),
            (45.4, 45.0),
            (99.6, 100.0),
            (123.4, 120.0),
            (1999.0, 2000.0),
            (0.123, 0.12),
            (f64::NAN, 0.0),
            (-1.0, 0.0),
        ] {
            assert_eq!(coarse_time(exact), rounded, "{exact}");
        }
    }

    #[test]
    fn memory_is_in_mib() {
        for (exact, mib) in [
            (0, 0),
            (1, 1),
            (MIB, 1),
            (12 * MIB, 12),
            (12 * MIB + 1, 13),
            (99 * MIB, 99),
            (123 * MIB, 130),
            (2047 * MIB, 2100),
        ] {
            assert_eq!(coarse_memory(exact), mib * MIB, "{exact}");
        }
        // Programs that choose one of 2,048 sizes are told apart in fewer than 256 ways.
        let distinct: std::collections::BTreeSet<u64> =
            (1..=2048).map(|mib| coarse_memory(mib * MIB)).collect();
        assert!(distinct.len() < 256, "{}", distinct.len());
    }

    #[test]
    fn only_results_on_hidden_data_are_rounded() {
        let result = |is_sample| TestResult {
            test_case_number: 1,
            passed: false,
            verdict: Verdict::WrongAnswer,
            execution_time: 123.4,
            memory_used: 1_234_567,
            wall_time: 234.5,
            is_sample,
            message: Some("token 3 on line 2 differs".into()),
            denied_call: Some(DeniedCall {
                name: "ptrace".into(),
                number: 101,
                arguments: vec!["0x7365637265740a".into()],
                stage: RunStage::Run,
            }),
            activity: Some(RunActivity {
                syscalls_per_second: Some(1_234_567),
                memory_growth_per_second: Some(1_234_567),
                above: None,
            }),
        };
        assert_eq!(test_result(result(true)), result(true));
        let hidden = test_result(result(false));
        assert_eq!((hidden.execution_time, hidden.wall_time), (120.0, 230.0));
        assert_eq!(hidden.memory_used, 2 * MIB);
        let activity = hidden.activity.unwrap();
        assert_eq!(activity.syscalls_per_second, Some(1_200_000));
        assert_eq!(activity.memory_growth_per_second, Some(2 * MIB));
        let call = hidden.denied_call.unwrap();
        assert_eq!((call.name.as_str(), call.arguments.len()), ("ptrace", 0));
        assert_eq!(hidden.message, Some(call.explain()));
        let without_call = TestResult {
            denied_call: None,
            ..result(false)
        };
        let hidden = test_result(without_call);
        assert_eq!(hidden.message.as_deref(), Some(WRONG_OUTPUT));
    }

    /// A program could choose the number of a call by what it read.
    #[test]
    fn numbers_of_calls_without_a_name_are_hidden() {
        for (name, number) in [("x32-syscall-4711", 0x4000_1267), ("syscall-4711", 4711)] {
            let call = DeniedCall {
                name: name.into(),
                number,
                arguments: vec![],
                stage: RunStage::Run,
            };
            let public = call.without_data();
            assert_eq!(public.number, -1);
            assert!(!public.explain().contains("4711"), "{public:?}");
        }
    }
}
