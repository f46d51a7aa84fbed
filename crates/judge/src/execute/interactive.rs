//! The pipes between a submission and a validator that talk with each other.
//!
//! ```text
//!   submission ──stdout──► relay ──stdin──► validator
//!              ◄──stdin─── relay ◄──stdout──
//! ```
//!
//! The relays stand between the two to know which ended first: the end of one side's output is seen
//! here before the other side can see it, and so before it can act on it. A relay holds one piece at
//! a time, so a side that writes faster than the other reads is blocked, as with a plain pipe; a side
//! whose peer has ended may go on writing, up to a limit.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::OnceLock;
use std::thread;

use rustix::pipe::{PipeFlags, pipe_with};

use super::error::ExecutorError;
use super::pair::{PairResult, PairSide, RelayEnd};
use super::result::RunResult;

const PIECE_BYTES: usize = 64 << 10;

/// The judge's ends of the pipes of one conversation.
pub(super) struct Conversation {
    from_submission: OwnedFd,
    to_submission: OwnedFd,
    from_validator: OwnedFd,
    to_validator: OwnedFd,
}

/// The ends that become one side's standard streams. To be dropped once its run has started, or
/// the end of its output would never be seen.
pub(super) struct SideStreams {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
}

/// Most bytes that each side may write.
#[derive(Debug, Clone, Copy)]
pub(super) struct RelayLimits {
    pub submission_bytes: u64,
    pub validator_bytes: u64,
}

impl Conversation {
    /// Makes the pipes. The streams are the submission's and the validator's.
    pub fn open() -> io::Result<(Conversation, SideStreams, SideStreams)> {
        let (submission_stdin, to_submission) = pipe()?;
        let (from_submission, submission_stdout) = pipe()?;
        let (validator_stdin, to_validator) = pipe()?;
        let (from_validator, validator_stdout) = pipe()?;
        let conversation = Conversation {
            from_submission,
            to_submission,
            from_validator,
            to_validator,
        };
        let submission = SideStreams {
            stdin: submission_stdin,
            stdout: submission_stdout,
        };
        let validator = SideStreams {
            stdin: validator_stdin,
            stdout: validator_stdout,
        };
        Ok((conversation, submission, validator))
    }

    /// Relays until both sides have ended. The closures wait for the two runs.
    pub fn relay(
        self,
        limits: RelayLimits,
        wait_submission: impl FnOnce() -> Result<RunResult, ExecutorError>,
        wait_validator: impl FnOnce() -> Result<RunResult, ExecutorError> + Send,
    ) -> Result<PairResult, ExecutorError> {
        let first = OnceLock::new();
        let (submission, validator, submission_output) = thread::scope(|scope| {
            let submission_relay = scope.spawn(|| {
                let limit_bytes = limits.submission_bytes;
                copy_until_end(self.from_submission, self.to_validator, limit_bytes, || {
                    let _ = first.set(PairSide::Submission);
                })
            });
            scope.spawn(|| {
                let limit_bytes = limits.validator_bytes;
                copy_until_end(self.from_validator, self.to_submission, limit_bytes, || {
                    let _ = first.set(PairSide::Validator);
                })
            });
            let validator = scope.spawn(wait_validator);
            let submission = wait_submission();
            (submission, validator.join(), submission_relay.join())
        });
        let panicked = || ExecutorError::new("a thread of the judge ended unexpectedly");
        let submission = submission?;
        Ok(PairResult {
            ended_first: first.get().copied().unwrap_or(PairSide::Submission),
            submission,
            submission_output: submission_output.map_err(|_| panicked())?,
            validator: validator.map_err(|_| panicked())??,
        })
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

/// Copies until the input ends, and calls `ended` before the reader can notice. After the reader
/// has closed its end, the input is drained: that is no reason to end the writer.
fn copy_until_end(from: OwnedFd, to: OwnedFd, limit_bytes: u64, ended: impl FnOnce()) -> RelayEnd {
    let mut from = File::from(from);
    let mut to = Some(File::from(to));
    let mut piece = vec![0; PIECE_BYTES];
    let mut relayed_bytes = 0;
    let end = loop {
        let count = match from.read(&mut piece) {
            Ok(0) => break RelayEnd::Closed,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break RelayEnd::Closed,
        };
        relayed_bytes += count as u64;
        if relayed_bytes > limit_bytes {
            break RelayEnd::LimitExceeded;
        }
        if let Some(reader) = &mut to
            && reader.write_all(&piece[..count]).is_err()
        {
            to = None;
        }
    };
    ended();
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the relayed bytes, the relay's end, and whether the end was announced.
    fn relayed(written: &[u8], limit_bytes: u64) -> (Vec<u8>, RelayEnd, bool) {
        let (from, source) = pipe().unwrap();
        let (sink, to) = pipe().unwrap();
        let mut announced = false;
        let mut out = Vec::new();
        let end = thread::scope(|scope| {
            scope.spawn(|| {
                let _ = File::from(source).write_all(written);
            });
            scope.spawn(|| File::from(sink).read_to_end(&mut out).unwrap());
            copy_until_end(from, to, limit_bytes, || announced = true)
        });
        (out, end, announced)
    }

    #[test]
    fn output_passes_up_to_the_limit() {
        let long = vec![b'x'; 200_000];
        assert_eq!(relayed(b"", 10), (vec![], RelayEnd::Closed, true));
        let everything = (long.clone(), RelayEnd::Closed, true);
        assert_eq!(relayed(&long, 200_000), everything);
        let (_, end, announced) = relayed(&long, 199_999);
        assert_eq!((end, announced), (RelayEnd::LimitExceeded, true));
    }

    #[test]
    fn writer_outlives_its_reader() {
        let (from, source) = pipe().unwrap();
        let (sink, to) = pipe().unwrap();
        drop(sink);
        let written = thread::spawn(move || File::from(source).write_all(&vec![0; 300_000]));
        let end = copy_until_end(from, to, 1 << 20, || ());
        assert_eq!(end, RelayEnd::Closed);
        assert!(written.join().unwrap().is_ok());
    }
}
