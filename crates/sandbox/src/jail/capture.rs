//! Drains what a program writes, up to a limit.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use super::identity::CellUsers;
use super::requester::ReceivedRun;
use crate::error::StepContext;
use crate::protocol::StreamKind;
use crate::{SandboxError, SandboxStep, memfd};

/// One captured stream: the supervisor's end of a pipe, and what came through it so far, in an
/// anonymous file, so that nothing the size of a stranger's output is ever on our heap.
pub struct StreamCapture {
    pipe: Option<OwnedFd>,
    /// Made when the first byte comes: most programs say nothing on one of their streams.
    kept: Option<File>,
    name: &'static str,
    kept_bytes: u64,
    limit_bytes: u64,
    exceeded: bool,
}

impl StreamCapture {
    /// Returns the capture and the end that the program gets.
    pub fn new(name: &'static str, limit_bytes: u64) -> Result<(Self, OwnedFd), SandboxError> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).at(SandboxStep::MakePipes)?;
        rustix::io::ioctl_fionbio(&reader, true).at(SandboxStep::MakePipes)?;
        let capture = StreamCapture {
            pipe: Some(reader),
            kept: None,
            name,
            kept_bytes: 0,
            limit_bytes,
            exceeded: false,
        };
        Ok((capture, writer))
    }

    /// The descriptor to poll, until the stream has ended.
    pub fn pipe(&self) -> Option<&OwnedFd> {
        self.pipe.as_ref()
    }

    /// More was written than the limit; the first `limit_bytes` are kept.
    pub fn exceeded(&self) -> bool {
        self.exceeded
    }

    /// Takes what is there now, at most one buffer full so that one busy stream does not starve
    /// the clock. True when something came.
    pub fn take(&mut self, buffer: &mut [u8]) -> Result<bool, SandboxError> {
        let Some(pipe) = &self.pipe else {
            return Ok(false);
        };
        match rustix::io::read(pipe, &mut *buffer) {
            Ok(0) => {
                self.pipe = None;
                Ok(false)
            }
            Ok(count) => self.keep(&buffer[..count]).map(|()| true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(error).at(SandboxStep::Supervise),
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        let room = self.limit_bytes - self.kept_bytes;
        let fits = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let mut kept = match self.kept.take() {
            Some(kept) => kept,
            None => memfd::create(self.name).at(SandboxStep::Supervise)?,
        };
        kept.write_all(&bytes[..fits]).at(SandboxStep::Supervise)?;
        self.kept = Some(kept);
        self.kept_bytes += fits as u64;
        if fits < bytes.len() {
            self.exceeded = true;
            // Enough is enough: a later writer gets SIGPIPE, and is about to be killed anyway.
            self.pipe = None;
        }
        Ok(())
    }

    /// Takes the rest, once every writer of the cell is dead.
    pub fn drain(&mut self, buffer: &mut [u8]) -> Result<(), SandboxError> {
        while self.take(buffer)? {}
        Ok(())
    }

    /// `None` when nothing came.
    pub fn into_sealed(self) -> Result<Option<OwnedFd>, SandboxError> {
        let sealed = self.kept.map(|kept| memfd::seal(kept).map(OwnedFd::from));
        sealed.transpose().at(SandboxStep::Supervise)
    }
}

/// Makes the pipes for captured streams and puts the program's ends into the order.
pub fn connect_streams(
    order: &mut ReceivedRun,
    users: CellUsers,
) -> Result<OutputCaptures, SandboxError> {
    let limit = order.request.limits.output_bytes;
    let capture = |kind: StreamKind, slot: &mut Option<OwnedFd>, name| {
        if kind != StreamKind::Captured {
            return Ok(None);
        }
        let (capture, writer) = StreamCapture::new(name, limit)?;
        if users.init_outside.is_some() {
            // So that the program can open /dev/stdout, which checks the pipe's owner again.
            let uid = rustix::fs::Uid::from_raw(users.program_outside);
            rustix::fs::fchown(&writer, Some(uid), None).map_err(root_without_rights)?;
        }
        // For writing only: who reads from it (`#include "/dev/stderr"`) would wait for itself.
        rustix::fs::fchmod(&writer, Mode::WUSR).at(SandboxStep::MakePipes)?;
        *slot = Some(writer);
        Ok(Some(capture))
    };
    Ok(OutputCaptures {
        stdout: capture(order.request.stdout, &mut order.stdout, "stdout")?,
        stderr: capture(order.request.stderr, &mut order.stderr, "stderr")?,
    })
}

fn root_without_rights(error: rustix::io::Errno) -> SandboxError {
    let mend = "root without its capabilities can't make cells, any other user can: `docker run \
        --user 1000:1000`";
    SandboxError::new(SandboxStep::MakePipes, format!("{error}; {mend}"))
}

#[derive(Default)]
pub struct OutputCaptures {
    pub stdout: Option<StreamCapture>,
    pub stderr: Option<StreamCapture>,
}

impl OutputCaptures {
    pub fn each(&mut self) -> impl Iterator<Item = &mut StreamCapture> {
        self.stdout.iter_mut().chain(self.stderr.iter_mut())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn capture_of(written: &[u8], limit_bytes: u64) -> (Vec<u8>, bool) {
        let (mut capture, writer) = StreamCapture::new("test", limit_bytes).unwrap();
        File::from(writer).write_all(written).unwrap();
        capture.drain(&mut [0; 7]).unwrap();
        let exceeded = capture.exceeded();
        let mut kept = Vec::new();
        if let Some(fd) = capture.into_sealed().unwrap() {
            File::from(fd).read_to_end(&mut kept).unwrap();
        }
        (kept, exceeded)
    }

    #[test]
    fn the_limit_itself_is_allowed_and_one_byte_more_is_not() {
        assert_eq!(capture_of(b"", 4), (b"".to_vec(), false));
        assert_eq!(capture_of(b"abcd", 4), (b"abcd".to_vec(), false));
        assert_eq!(capture_of(b"abcde", 4), (b"abcd".to_vec(), true));
        assert_eq!(
            capture_of(b"a long line of output", 9),
            (b"a long li".to_vec(), true)
        );
        assert_eq!(capture_of(b"x", 0), (b"".to_vec(), true));
    }
}
