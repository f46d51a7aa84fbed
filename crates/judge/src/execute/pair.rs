use super::request::RunRequest;
use super::result::RunResult;

/// A submission and a validator to be run at the same time, each connected to the other's output.
#[derive(Debug)]
pub(crate) struct PairRequest<'a> {
    /// Its standard input and output are replaced by pipes; its `output_bytes` limit what it may
    /// write to the validator.
    pub submission: RunRequest<'a>,
    /// Its standard input and output are replaced by pipes.
    pub validator: RunRequest<'a>,
    /// Limit of what the validator may write to the submission.
    pub validator_output_bytes: u64,
}

/// A conversation that has ended.
#[derive(Debug)]
pub(crate) struct PairResult {
    /// The side whose output ended first.
    pub ended_first: PairSide,
    pub submission: RunResult,
    /// End of the submission's output.
    pub submission_output: RelayEnd,
    pub validator: RunResult,
}

/// A side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairSide {
    Submission,
    Validator,
}

/// End of what one side wrote to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayEnd {
    /// The writer closed its output.
    Closed,
    /// The writer exceeded its limit, and was cut off.
    LimitExceeded,
}
