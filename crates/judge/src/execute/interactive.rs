//! A submission and a validator that talk with one another, each in a cell of its own.
//!
//! ```text
//!   submission ──stdout──► relay ──stdin──► validator
//!              ◄──stdin─── relay ◄──stdout──
//! ```
//!
//! The relays stand between the two so that it is known who ended first: the end of one side's
//! output is seen here before the other side can see it, and so before it can act on it. They hold
//! one piece at a time and nothing is kept, so a side that writes faster than the other reads
//! waits, as with a plain pipe; a side whose other is gone may go on writing, up to a limit.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;
use std::thread;

use letscode_sandbox::{Outcome, RunResult, StdStream};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::Engine;
use crate::check::validator::{Question, Validator};
use crate::engine::EngineError;
use crate::judging::program_run::Run;
use crate::verdict::decide::Side;

/// What a validator may write to a submission, in bytes: a huge input is fine, a flood is not.
const MAX_VALIDATOR_WORDS_BYTES: u64 = 256 << 20;
const PIECE_BYTES: usize = 64 << 10;

/// How an interaction ended.
pub(crate) struct Interaction {
    /// Whose output ended first.
    pub first: Side,
    pub submission: RunResult,
    pub validator: RunResult,
}

impl Engine {
    pub(crate) fn interact(
        &self,
        run: &Run<'_>,
        validator: &Validator<'_>,
        question: &Question<'_>,
    ) -> Result<Interaction, EngineError> {
        let (submission_reads, to_submission) = pipe()?;
        let (from_submission, submission_writes) = pipe()?;
        let (validator_reads, to_validator) = pipe()?;
        let (from_validator, validator_writes) = pipe()?;

        let asked = validator.prepare(question, None, run.limits.wall_time)?;
        let validator_cell = self.jail.launch(validator.launch(
            &asked,
            question.feedback,
            StdStream::Fd(validator_reads.as_fd()),
            StdStream::Fd(validator_writes.as_fd()),
        ))?;
        let submission_cell = self.jail.launch(run.launch(
            StdStream::Fd(submission_reads.as_fd()),
            StdStream::Fd(submission_writes.as_fd()),
            StdStream::Null,
        ))?;
        // From here on only the cells hold their ends, or no end would ever be seen.
        drop((
            submission_reads,
            submission_writes,
            validator_reads,
            validator_writes,
        ));

        let first = OnceLock::new();
        let limit = run.limits.output_bytes;
        let (submission, validator, overflow) = thread::scope(|scope| {
            let told = scope.spawn(|| {
                relay(from_submission, to_validator, limit, || {
                    let _ = first.set(Side::Submission);
                })
            });
            scope.spawn(|| {
                relay(
                    from_validator,
                    to_submission,
                    MAX_VALIDATOR_WORDS_BYTES,
                    || {
                        let _ = first.set(Side::Validator);
                    },
                )
            });
            let validator = scope.spawn(|| validator_cell.wait());
            let submission = submission_cell.wait();
            (submission, validator.join(), told.join())
        });
        let gone =
            || EngineError::Unsupported("a thread of the judge ended unexpectedly".to_owned());
        let mut submission = submission?;
        if overflow.map_err(|_| gone())? == Relayed::TooMuch {
            submission.outcome = Outcome::OutputExceeded;
        }
        Ok(Interaction {
            first: first.get().copied().unwrap_or(Side::Submission),
            submission,
            validator: validator.map_err(|_| gone())??,
        })
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), EngineError> {
    let doing = "making a pipe";
    pipe_with(PipeFlags::CLOEXEC).map_err(|error| EngineError::Io {
        doing,
        source: error.into(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relayed {
    All,
    TooMuch,
}

/// Passes on what comes until it ends, and says so before the other side can notice. When nobody
/// reads any more the rest is thrown away: that is no reason to end the writer.
fn relay(from: OwnedFd, to: OwnedFd, limit_bytes: u64, ended: impl FnOnce()) -> Relayed {
    let mut from = File::from(from);
    let mut to = Some(File::from(to));
    let mut piece = vec![0; PIECE_BYTES];
    let mut relayed_bytes = 0;
    let relayed = loop {
        let count = match from.read(&mut piece) {
            Ok(0) => break Relayed::All,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break Relayed::All,
        };
        relayed_bytes += count as u64;
        if relayed_bytes > limit_bytes {
            break Relayed::TooMuch;
        }
        if let Some(reader) = &mut to
            && reader.write_all(&piece[..count]).is_err()
        {
            to = None;
        }
    };
    ended();
    relayed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out at the other end, how it went, and whether the end was announced.
    fn relayed(written: &[u8], limit_bytes: u64) -> (Vec<u8>, Relayed, bool) {
        let (from, source) = pipe().unwrap();
        let (sink, to) = pipe().unwrap();
        let mut announced = false;
        let mut out = Vec::new();
        let how = thread::scope(|scope| {
            scope.spawn(|| {
                let _ = File::from(source).write_all(written);
            });
            scope.spawn(|| File::from(sink).read_to_end(&mut out).unwrap());
            relay(from, to, limit_bytes, || announced = true)
        });
        (out, how, announced)
    }

    #[test]
    fn everything_passes_up_to_the_limit() {
        let long = vec![b'x'; 200_000];
        assert_eq!(relayed(b"", 10), (vec![], Relayed::All, true));
        assert_eq!(relayed(&long, 200_000), (long.clone(), Relayed::All, true));
        let (_, how, announced) = relayed(&long, 199_999);
        assert_eq!((how, announced), (Relayed::TooMuch, true));
    }

    #[test]
    fn a_reader_that_is_gone_does_not_end_the_writer() {
        let (from, source) = pipe().unwrap();
        let (sink, to) = pipe().unwrap();
        drop(sink);
        let written = thread::spawn(move || File::from(source).write_all(&vec![0; 300_000]));
        assert_eq!(relay(from, to, 1 << 20, || ()), Relayed::All);
        assert!(written.join().unwrap().is_ok());
    }
}
