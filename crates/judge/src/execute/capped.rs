//! Holds programs to the operator's caps.

use std::sync::Arc;
use std::time::Duration;

use letscode_languages::Stage;
use letscode_model::LimitCaps;

use super::error::ExecutorError;
use super::limits::{CELL_PROCESSES, RunLimits};
use super::pair::{PairRequest, PairResult};
use super::request::RunRequest;
use super::result::RunResult;
use super::{Executor, ExecutorInfo};

/// An executor whose programs have no limit above the caps, whatever a package or a request asks for.
#[derive(Debug)]
pub(crate) struct CappedExecutor {
    pub executor: Arc<dyn Executor>,
    pub caps: LimitCaps,
}

impl CappedExecutor {
    fn capped<'a>(&self, request: RunRequest<'a>) -> RunRequest<'a> {
        let limits = capped_limits(request.limits, &self.caps, request.stage);
        RunRequest { limits, ..request }
    }
}

impl Executor for CappedExecutor {
    fn prepare(&self, profile: &str, count: usize) -> Result<(), ExecutorError> {
        self.executor.prepare(profile, count)
    }

    fn renew_cells(&self) {
        self.executor.renew_cells();
    }

    fn run(&self, request: RunRequest<'_>) -> Result<RunResult, ExecutorError> {
        self.executor.run(self.capped(request))
    }

    fn run_pair(&self, pair: PairRequest<'_>) -> Result<PairResult, ExecutorError> {
        self.executor.run_pair(PairRequest {
            submission: self.capped(pair.submission),
            validator: self.capped(pair.validator),
            ..pair
        })
    }

    fn info(&self) -> ExecutorInfo {
        self.executor.info()
    }
}

/// Returns the limits with those that are above a cap lowered to it.
///
/// - A compiler keeps its language's limits, which are the operator's own.
/// - A validator waits for the submission that it talks with: its wall-clock time stays. The test's
///   files lie in its workspace, on top of its memory.
fn capped_limits(limits: RunLimits, caps: &LimitCaps, stage: Stage) -> RunLimits {
    if stage == Stage::Compile {
        return limits;
    }
    let capped = |value: u64, cap: Option<u64>| cap.map_or(value, |cap| value.min(cap));
    let capped_time = |value: Duration, cap: Option<u64>| {
        cap.map_or(value, |cap| value.min(Duration::from_millis(cap)))
    };
    let max = &caps.limits;
    let (wall_time, files_bytes) = match stage {
        Stage::Validate => (limits.wall_time, limits.workspace_bytes),
        Stage::Run | Stage::Compile => (capped_time(limits.wall_time, max.wall_time), 0),
    };
    let max_memory = max.memory.map(|memory| memory.saturating_add(files_bytes));
    let max_processes = max.processes.map(|count| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        count.saturating_add(CELL_PROCESSES)
    });
    let memory_bytes = capped(limits.memory_bytes, max_memory);
    RunLimits {
        cpu_time: capped_time(limits.cpu_time, max.cpu_time),
        wall_time,
        memory_bytes,
        stack_bytes: capped(limits.stack_bytes, max.stack).min(memory_bytes),
        processes: limits.processes.min(max_processes.unwrap_or(u32::MAX)),
        output_bytes: capped(limits.output_bytes, max.output),
        file_bytes: capped(limits.file_bytes, max.file_size),
        cpu_cores: caps.cpu_percent.map_or(limits.cpu_cores, |percent| {
            limits.cpu_cores.min(f64::from(percent) / 100.0)
        }),
        io_bytes_per_second: capped(limits.io_bytes_per_second, caps.io_bytes_per_second),
        ..limits
    }
}

#[cfg(test)]
mod tests {
    use letscode_model::LimitProfile;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn greedy() -> RunLimits {
        RunLimits {
            cpu_time: Duration::from_secs(60),
            wall_time: Duration::from_secs(182),
            memory_bytes: 2048 * MIB,
            processes: 400,
            stack_bytes: 1536 * MIB,
            io_bytes_per_second: 200 * MIB,
            cpu_cores: 2.0,
            ..RunLimits::default()
        }
    }

    #[test]
    fn a_program_has_at_most_the_caps() {
        let caps = LimitProfile::Hardened.caps();
        let capped = capped_limits(greedy(), &caps, Stage::Run);
        let expected = RunLimits {
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(5),
            memory_bytes: 512 * MIB,
            stack_bytes: 512 * MIB,
            processes: 50 + CELL_PROCESSES,
            io_bytes_per_second: 10 * MIB,
            cpu_cores: 0.5,
            ..RunLimits::default()
        };
        assert_eq!(capped, expected);
    }

    #[test]
    fn what_is_below_a_cap_stays() {
        let caps = LimitProfile::Hardened.caps();
        let modest = RunLimits {
            cpu_time: Duration::from_secs(1),
            wall_time: Duration::from_secs(3),
            memory_bytes: 64 * MIB,
            stack_bytes: 8 * MIB,
            processes: 1,
            cpu_cores: 0.25,
            ..RunLimits::default()
        };
        let capped = capped_limits(modest.clone(), &caps, Stage::Run);
        assert_eq!(capped, modest);
        let standard = LimitProfile::Standard.caps();
        assert_eq!(capped_limits(greedy(), &standard, Stage::Run), greedy());
    }

    #[test]
    fn a_validator_may_wait_and_has_its_files_and_a_compiler_its_own_limits() {
        let caps = LimitProfile::Hardened.caps();
        let validator = RunLimits {
            workspace_bytes: 30 * MIB,
            ..greedy()
        };
        let capped = capped_limits(validator.clone(), &caps, Stage::Validate);
        assert_eq!(capped.wall_time, validator.wall_time);
        assert_eq!(capped.cpu_time, Duration::from_secs(5));
        assert_eq!(capped.memory_bytes, 542 * MIB);
        assert_eq!(capped_limits(greedy(), &caps, Stage::Compile), greedy());
    }
}
