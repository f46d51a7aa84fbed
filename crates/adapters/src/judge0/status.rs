use letscode_model::{RunOutcome, StageReport};
use serde::Serialize;

/// Judge0's status of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct JudgeStatus {
    pub id: u32,
    pub description: &'static str,
}

const fn status(id: u32, description: &'static str) -> JudgeStatus {
    JudgeStatus { id, description }
}

pub(super) const IN_QUEUE: JudgeStatus = status(1, "In Queue");
pub(super) const PROCESSING: JudgeStatus = status(2, "Processing");
pub(super) const ACCEPTED: JudgeStatus = status(3, "Accepted");
pub(super) const WRONG_ANSWER: JudgeStatus = status(4, "Wrong Answer");
const TIME_LIMIT_EXCEEDED: JudgeStatus = status(5, "Time Limit Exceeded");
pub(super) const COMPILATION_ERROR: JudgeStatus = status(6, "Compilation Error");
const SIGSEGV: JudgeStatus = status(7, "Runtime Error (SIGSEGV)");
const SIGXFSZ: JudgeStatus = status(8, "Runtime Error (SIGXFSZ)");
const SIGFPE: JudgeStatus = status(9, "Runtime Error (SIGFPE)");
const SIGABRT: JudgeStatus = status(10, "Runtime Error (SIGABRT)");
const NONZERO_EXIT: JudgeStatus = status(11, "Runtime Error (NZEC)");
const OTHER: JudgeStatus = status(12, "Runtime Error (Other)");
pub(super) const INTERNAL_ERROR: JudgeStatus = status(13, "Internal Error");
const EXEC_FORMAT_ERROR: JudgeStatus = status(14, "Exec Format Error");

pub(super) const STATUSES: [JudgeStatus; 14] = [
    IN_QUEUE,
    PROCESSING,
    ACCEPTED,
    WRONG_ANSWER,
    TIME_LIMIT_EXCEEDED,
    COMPILATION_ERROR,
    SIGSEGV,
    SIGXFSZ,
    SIGFPE,
    SIGABRT,
    NONZERO_EXIT,
    OTHER,
    INTERNAL_ERROR,
    EXEC_FORMAT_ERROR,
];

/// Returns the status of a program that ran, apart from what it wrote.
pub(super) fn of_stage(stage: &StageReport) -> JudgeStatus {
    match (stage.outcome, stage.exit_code, stage.signal) {
        (RunOutcome::Exited, Some(0), _) => ACCEPTED,
        (RunOutcome::Exited, ..) => NONZERO_EXIT,
        (RunOutcome::CpuTimeExceeded | RunOutcome::WallTimeExceeded, ..) => TIME_LIMIT_EXCEEDED,
        (RunOutcome::OutputExceeded, ..) | (RunOutcome::Signaled, _, Some(25)) => SIGXFSZ,
        (RunOutcome::Signaled, _, Some(11)) => SIGSEGV,
        (RunOutcome::Signaled, _, Some(8)) => SIGFPE,
        (RunOutcome::Signaled, _, Some(6)) => SIGABRT,
        (RunOutcome::SandboxError, ..) => INTERNAL_ERROR,
        (
            RunOutcome::Signaled
            | RunOutcome::MemoryExceeded
            | RunOutcome::SyscallDenied
            | RunOutcome::SyscallRateExceeded
            | RunOutcome::MemoryGrowthExceeded,
            ..,
        ) => OTHER,
    }
}
