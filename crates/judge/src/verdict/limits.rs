//! Limits that are applied after a run: those of its cell are a little higher, or there are none.

use std::time::Duration;

use crate::execute::pair::RelayEnd;
use crate::execute::result::{Outcome, ResourceUsage};

/// Applies the problem's time limit. A cell lets a program go on a little above it, so that a run
/// close to the limit can be repeated.
pub(crate) fn with_time_limit(
    outcome: Outcome,
    usage: &ResourceUsage,
    time_limit: Duration,
) -> Outcome {
    let is_too_slow = usage.cpu_time > time_limit;
    match outcome {
        Outcome::Exited { .. } | Outcome::Signaled { .. } if is_too_slow => {
            Outcome::CpuTimeExceeded
        }
        outcome => outcome,
    }
}

/// Applies the output limit of a submission that talks with a validator: the relay between the two
/// counts, and cuts it off. A violation is the worse of the two.
pub(crate) fn with_output_limit(outcome: Outcome, output: RelayEnd) -> Outcome {
    match output {
        RelayEnd::LimitExceeded if outcome.violation().is_none() => Outcome::OutputExceeded,
        RelayEnd::LimitExceeded | RelayEnd::Closed => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_runs_exceed_the_time_limit() {
        let limit = Duration::from_secs(1);
        let crashed = Outcome::Signaled { signal: 11 };
        for (outcome, cpu_ms, expected) in [
            (Outcome::SUCCESS, 1000, Outcome::SUCCESS),
            (Outcome::SUCCESS, 1001, Outcome::CpuTimeExceeded),
            (crashed, 1001, Outcome::CpuTimeExceeded),
            (Outcome::MemoryExceeded, 1001, Outcome::MemoryExceeded),
        ] {
            let usage = ResourceUsage {
                cpu_time: Duration::from_millis(cpu_ms),
                ..ResourceUsage::default()
            };
            assert_eq!(with_time_limit(outcome, &usage, limit), expected);
        }
    }

    #[test]
    fn relay_limit_decides_the_outcome() {
        let cut_off = with_output_limit(Outcome::SUCCESS, RelayEnd::LimitExceeded);
        assert_eq!(cut_off, Outcome::OutputExceeded);
        for violation in [Outcome::SyscallDenied, Outcome::SyscallRateExceeded] {
            let cut_off = with_output_limit(violation, RelayEnd::LimitExceeded);
            assert_eq!(cut_off, violation);
        }
        let closed = with_output_limit(Outcome::WallTimeExceeded, RelayEnd::Closed);
        assert_eq!(closed, Outcome::WallTimeExceeded);
    }
}
