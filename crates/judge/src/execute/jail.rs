//! The executor of today: cells of the sandbox's jail. The only file that names the sandbox.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use letscode_languages::Stage;
use letscode_model::{DeniedCall, RunActivity, RunStage, WatchMode, WatchedRate};
use letscode_sandbox as sandbox;

pub(crate) use letscode_sandbox::{
    CellProfile, ColdStart, RootPart, WarmInterpreter, policy_names, sealed_copy, system_libraries,
};
pub use letscode_sandbox::{Isolation, Jail};

use super::cancel::{AbortGuard, CancelToken};
use super::error::ExecutorError;
use super::files::Artifact;
use super::interactive::{Conversation, RelayLimits, SideStreams};
use super::limits::{RunLimits, STARVED_WALL_TIME_FACTOR};
use super::pair::{PairRequest, PairResult};
use super::priority::Priority;
use super::request::{ProgramSource, RunRequest, StreamTarget};
use super::result::{Outcome, ResourceUsage, RunResult};
use super::{Executor, ExecutorInfo};

/// The sandbox takes no longer wall time.
const LONGEST_WALL_TIME: Duration = Duration::from_secs(4 * 3600);

/// Command that becomes the jail helper.
#[derive(Debug, Clone)]
pub struct HelperCommand {
    pub program: PathBuf,
    pub args: Vec<String>,
}

/// Runs programs in cells of a jail.
#[derive(Debug)]
pub(crate) struct JailExecutor {
    jail: Jail,
    watch: Option<sandbox::WatchLimits>,
}

impl JailExecutor {
    /// Starts the jail helper with the profiles of all cells.
    pub fn start(
        helper: HelperCommand,
        profiles: Vec<CellProfile>,
        isolation: Isolation,
        watch: WatchMode,
    ) -> Result<JailExecutor, ExecutorError> {
        let jail = Jail::start(sandbox::JailConfig {
            helper: helper.program,
            helper_args: helper.args,
            profiles,
            isolation,
        })?;
        Ok(JailExecutor {
            jail,
            watch: watch_limits(watch),
        })
    }

    pub fn jail(&self) -> &Jail {
        &self.jail
    }

    fn launch(
        &self,
        request: RunRequest<'_>,
        priority: Priority,
    ) -> Result<sandbox::RunningCell<'_>, ExecutorError> {
        // Another descriptor of the same file, for as long as the request is on its way.
        let artifact;
        let program = match request.program {
            ProgramSource::Path(path) => sandbox::ProgramSource::Path(path),
            ProgramSource::Artifact(file) => {
                artifact = sandbox::Artifact::from(file.as_fd().try_clone_to_owned()?);
                sandbox::ProgramSource::Artifact(&artifact)
            }
        };
        let files = request.files.iter().map(|file| sandbox::InputFile {
            name: file.name,
            contents: file.contents,
            executable: false,
        });
        let collect = request.collect.iter().map(|file| sandbox::CollectFile {
            name: file.name,
            max_bytes: file.max_bytes,
        });
        let cell = self.jail.launch(sandbox::RunRequest {
            profile: request.profile,
            limits: sandbox_limits(&request.limits, priority),
            program,
            argv: request.argv,
            env: request.env,
            stdin: sandbox_stream(request.stdin),
            stdout: sandbox_stream(request.stdout),
            stderr: sandbox_stream(request.stderr),
            files: files.collect(),
            collect: collect.collect(),
            watch: self.watch.filter(|_| request.stage == Stage::Run),
        })?;
        Ok(cell)
    }
}

impl Executor for JailExecutor {
    fn prepare(&self, profile: &str, count: usize) -> Result<(), ExecutorError> {
        Ok(self.jail.prepare(profile, count)?)
    }

    fn renew_cells(&self) {
        self.jail.renew_cells();
    }

    fn run(&self, request: RunRequest<'_>) -> Result<RunResult, ExecutorError> {
        let wall_time = request.limits.wall_time;
        let cancel = request.cancel;
        let Some(priority) = request.raisable_priority else {
            let fixed = request.limits.priority;
            let cell = self.launch(request, fixed)?;
            let _guard = abort_guard(&cell, cancel)?;
            return wait_charged(cell, wall_time);
        };
        let cell = priority.start(|current| {
            let cell = self.launch(request, current)?;
            let boost: Option<Box<dyn FnOnce() + Send>> = match current {
                Priority::Normal => None,
                Priority::Background => {
                    let boost = cell.priority_boost()?;
                    Some(Box::new(move || boost.apply()))
                }
            };
            Ok::<_, ExecutorError>((cell, boost))
        })?;
        let _guard = abort_guard(&cell, cancel)?;
        let result = wait_charged(cell, wall_time);
        priority.finish();
        result
    }

    fn run_pair(&self, pair: PairRequest<'_>) -> Result<PairResult, ExecutorError> {
        let (conversation, submission_streams, validator_streams) = Conversation::open()?;
        let limits = RelayLimits {
            submission_bytes: pair.submission.limits.output_bytes,
            validator_bytes: pair.validator_output_bytes,
        };
        let wall_times = [&pair.submission, &pair.validator].map(|run| run.limits.wall_time);
        let [submission_wall_time, validator_wall_time] = wall_times;
        let priority = pair.submission.limits.priority;
        let cancel = pair.submission.cancel;
        let validator = self.launch(connected(pair.validator, &validator_streams), priority)?;
        let _validator_guard = abort_guard(&validator, cancel)?;
        let submission = self.launch(connected(pair.submission, &submission_streams), priority)?;
        let _submission_guard = abort_guard(&submission, cancel)?;
        drop((submission_streams, validator_streams));
        conversation.relay(
            limits,
            || wait_charged(submission, submission_wall_time),
            || wait_charged(validator, validator_wall_time),
        )
    }

    fn info(&self) -> ExecutorInfo {
        let cold = self.jail.cold_interpreters().into_iter();
        ExecutorInfo {
            cold_interpreters: cold
                .map(|(profile, error)| (profile, error.to_string()))
                .collect(),
        }
    }
}

/// Ends a cell when the token is cancelled before the guard is dropped.
fn abort_guard<'a>(
    cell: &sandbox::RunningCell<'_>,
    cancel: Option<&'a CancelToken>,
) -> Result<Option<AbortGuard<'a>>, ExecutorError> {
    let Some(cancel) = cancel else {
        return Ok(None);
    };
    let abort = cell.abort_handle()?;
    Ok(Some(cancel.guard(move || abort.apply())))
}

/// Connects a request's standard input and output to a conversation.
fn connected<'a>(request: RunRequest<'a>, streams: &'a SideStreams) -> RunRequest<'a> {
    RunRequest {
        stdin: StreamTarget::Descriptor(streams.stdin.as_fd()),
        stdout: StreamTarget::Descriptor(streams.stdout.as_fd()),
        ..request
    }
}

fn wait(cell: sandbox::RunningCell<'_>) -> Result<RunResult, ExecutorError> {
    let result = cell.wait()?;
    let collected = result.collected.into_iter();
    Ok(RunResult {
        outcome: judge_outcome(result.outcome),
        denied_call: result.denied_call.map(denied_call),
        activity: activity(result.activity).if_measured(),
        usage: ResourceUsage {
            cpu_time: result.usage.cpu_time,
            wall_time: result.usage.wall_time,
            starved_time: result.usage.starved_time,
            memory_bytes: result.usage.memory_bytes,
        },
        stdout: result.stdout,
        stderr: result.stderr,
        collected: collected
            .map(|artifact| artifact.map(|artifact| Artifact::from(OwnedFd::from(artifact))))
            .collect(),
    })
}

/// Returns an error for a run that met the longest wall time although it was kept from computing for
/// so much of it that its own limit was not met: the machine's fault, and never the program's.
fn wait_charged(
    cell: sandbox::RunningCell<'_>,
    limit: Duration,
) -> Result<RunResult, ExecutorError> {
    let result = wait(cell)?;
    let ResourceUsage {
        wall_time,
        starved_time,
        ..
    } = result.usage;
    let met_own_limit = wall_time.saturating_sub(starved_time) >= limit;
    let met_longest = wall_time >= starved_wall_time(limit);
    if result.outcome == Outcome::WallTimeExceeded && met_longest && !met_own_limit {
        return Err(ExecutorError::new(format!(
            "the machine was too busy: the program was kept from computing for {:.1} of {:.1} s",
            starved_time.as_secs_f64(),
            wall_time.as_secs_f64(),
        )));
    }
    Ok(result)
}

/// Returns the longest wall time of a run that is kept from computing.
fn starved_wall_time(wall_time: Duration) -> Duration {
    let longest = wall_time.saturating_mul(STARVED_WALL_TIME_FACTOR);
    longest.min(LONGEST_WALL_TIME).max(wall_time)
}

/// Returns the version of the system call policies: the beginning of their hash.
pub fn policy_version() -> String {
    const DIGITS: usize = 16;
    let hash = blake3::hash(sandbox::policy_text().as_bytes()).to_hex();
    hash[..DIGITS].to_owned()
}

fn judge_outcome(outcome: sandbox::Outcome) -> Outcome {
    match outcome {
        sandbox::Outcome::Exited { code } => Outcome::Exited { code },
        sandbox::Outcome::Signaled { signal } => Outcome::Signaled { signal },
        sandbox::Outcome::CpuTimeExceeded => Outcome::CpuTimeExceeded,
        sandbox::Outcome::WallTimeExceeded => Outcome::WallTimeExceeded,
        sandbox::Outcome::MemoryExceeded => Outcome::MemoryExceeded,
        sandbox::Outcome::OutputExceeded => Outcome::OutputExceeded,
        sandbox::Outcome::SyscallDenied => Outcome::SyscallDenied,
        sandbox::Outcome::SyscallRateExceeded => Outcome::SyscallRateExceeded,
        sandbox::Outcome::MemoryGrowthExceeded => Outcome::MemoryGrowthExceeded,
    }
}

fn activity(activity: sandbox::RunActivity) -> RunActivity {
    RunActivity {
        syscalls_per_second: activity.syscalls_per_second,
        memory_growth_per_second: activity.memory_growth_per_second,
        above: activity.above.map(|rate| match rate {
            sandbox::WatchedRate::Syscalls => WatchedRate::SyscallRate,
            sandbox::WatchedRate::MemoryGrowth => WatchedRate::MemoryGrowth,
        }),
    }
}

/// Returns the thresholds of a mode. Beside `hardened` no honest program comes near them: a lock that
/// is fought over makes half a million calls a second, and filling a large array takes 1.5 GB/s.
fn watch_limits(mode: WatchMode) -> Option<sandbox::WatchLimits> {
    let far_above = sandbox::WatchLimits {
        syscalls_per_second: 1_000_000,
        counts_reads_and_writes: false,
        memory_growth_per_second: 2 << 30,
        enforced: false,
    };
    match mode {
        WatchMode::Off => None,
        WatchMode::Observe => Some(far_above),
        WatchMode::Enforce => Some(sandbox::WatchLimits {
            enforced: true,
            ..far_above
        }),
        WatchMode::Hardened => Some(sandbox::WatchLimits {
            syscalls_per_second: 10_000,
            counts_reads_and_writes: true,
            memory_growth_per_second: 100_000_000,
            enforced: true,
        }),
    }
}

/// Converts a call of a program. Those of compilers and checkers are marked by who runs them.
fn denied_call(call: sandbox::DeniedSyscall) -> DeniedCall {
    let spell = |argument: u64| format!("{argument:#x}");
    DeniedCall {
        name: call.name,
        number: call.number,
        arguments: call.arguments.map(spell).to_vec(),
        stage: RunStage::Run,
    }
}

fn sandbox_limits(limits: &RunLimits, priority: Priority) -> sandbox::Limits {
    sandbox::Limits {
        cpu_time: limits.cpu_time,
        wall_time: limits.wall_time,
        starved_wall_time: Some(starved_wall_time(limits.wall_time)),
        idle_time: limits.idle_time,
        memory_bytes: limits.memory_bytes,
        output_bytes: limits.output_bytes,
        processes: limits.processes,
        stack_bytes: limits.stack_bytes,
        workspace_bytes: limits.workspace_bytes,
        file_bytes: limits.file_bytes,
        cpu_cores: limits.cpu_cores,
        io_bytes_per_second: limits.io_bytes_per_second,
        low_priority: priority == Priority::Background,
        ..sandbox::Limits::default()
    }
}

fn sandbox_stream(stream: StreamTarget<'_>) -> sandbox::StdStream<'_> {
    match stream {
        StreamTarget::Null => sandbox::StdStream::Null,
        StreamTarget::Descriptor(fd) => sandbox::StdStream::Fd(fd),
        StreamTarget::Captured => sandbox::StdStream::Captured,
    }
}

impl From<sandbox::SandboxError> for ExecutorError {
    fn from(error: sandbox::SandboxError) -> Self {
        ExecutorError::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_limits_are_the_sandbox_defaults() {
        let converted = sandbox_limits(&RunLimits::default(), Priority::Normal);
        let longest = Some(Duration::from_secs(75));
        assert_eq!(converted.starved_wall_time, longest);
        let default = sandbox::Limits::default();
        assert_eq!(
            converted,
            sandbox::Limits {
                starved_wall_time: longest,
                ..default
            }
        );
    }

    #[test]
    fn longest_wall_times_are_within_the_sandbox_bounds() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        assert_eq!(starved_wall_time(hours(3)), hours(4));
        assert_eq!(
            starved_wall_time(hours(5)),
            hours(5),
            "refused by the sandbox"
        );
    }
}
