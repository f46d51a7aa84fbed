//! Holds programs to the operator's caps.

use std::sync::Arc;
use std::time::Duration;

use letscode_languages::Stage;
use letscode_model::{LimitCaps, LimitSpec};

use super::error::ExecutorError;
use super::files::InputFile;
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
        if self.caps == LimitCaps::default() {
            return request;
        }
        let RunRequest { stage, limits, .. } = request;
        let limits = match stage {
            Stage::Compile => limits,
            Stage::Run => capped_limits(limits, &self.caps),
            Stage::Validate => {
                let files_bytes = request.files.iter().map(InputFile::size_bytes).sum();
                capped_validator_limits(limits, &self.caps, files_bytes)
            }
        };
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
        // It waits for the submission.
        let wall_time = pair.validator.limits.wall_time;
        let mut validator = self.capped(pair.validator);
        validator.limits.wall_time = wall_time;
        self.executor.run_pair(PairRequest {
            submission: self.capped(pair.submission),
            validator,
            ..pair
        })
    }

    fn info(&self) -> ExecutorInfo {
        self.executor.info()
    }
}

/// Returns the limits of a program with those that are above a cap lowered to it.
pub(crate) fn capped_limits(limits: RunLimits, caps: &LimitCaps) -> RunLimits {
    let capped = |value: u64, cap: Option<u64>| cap.map_or(value, |cap| value.min(cap));
    let capped_time = |value: Duration, cap: Option<u64>| {
        cap.map_or(value, |cap| value.min(Duration::from_millis(cap)))
    };
    let max = &caps.limits;
    let max_processes = max.processes.map(|count| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        count.saturating_add(CELL_PROCESSES)
    });
    let memory_bytes = capped(limits.memory_bytes, max.memory);
    RunLimits {
        cpu_time: capped_time(limits.cpu_time, max.cpu_time),
        wall_time: capped_time(limits.wall_time, max.wall_time),
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

/// Returns the limits of a validator. The test's files lie in its memory, on top of the cap.
fn capped_validator_limits(limits: RunLimits, caps: &LimitCaps, files_bytes: u64) -> RunLimits {
    let memory = caps
        .limits
        .memory
        .map(|memory| memory.saturating_add(files_bytes));
    let caps = LimitCaps {
        limits: LimitSpec {
            memory,
            ..caps.limits
        },
        ..*caps
    };
    capped_limits(limits, &caps)
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
        let capped = capped_limits(greedy(), &caps);
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
        let capped = capped_limits(modest.clone(), &caps);
        assert_eq!(capped, modest);
        let standard = LimitProfile::Standard.caps();
        assert_eq!(capped_limits(greedy(), &standard), greedy());
    }

    #[test]
    fn a_validator_has_its_files_beside_its_memory() {
        let caps = LimitProfile::Hardened.caps();
        let capped = capped_validator_limits(greedy(), &caps, 30 * MIB);
        assert_eq!(capped.memory_bytes, 542 * MIB);
        assert_eq!(capped.cpu_time, Duration::from_secs(5));
        let standard = LimitProfile::Standard.caps();
        assert_eq!(
            capped_validator_limits(greedy(), &standard, 30 * MIB),
            greedy()
        );
    }
}
