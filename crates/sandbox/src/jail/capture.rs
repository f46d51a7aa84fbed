//! Captures a program's output: standard error through a pipe, standard output as a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use super::identity::CellUsers;
use super::output_file::OutputFile;
use super::requester::ReceivedRun;
use crate::error::StepContext;
use crate::protocol::StreamKind;
use crate::{SandboxError, SandboxStep, memfd};

/// Captured standard error: the supervisor's end of a pipe, and what was read from it so far, in an
/// anonymous file, so that untrusted output never fills our heap.
///
/// Beyond the limit the middle is dropped: the first and the last half of `limit_bytes` are kept, with
/// a line between them that says how much is missing.
pub struct StderrCapture {
    pipe: Option<OwnedFd>,
    /// Created with the first byte: most programs write nothing there.
    output: Option<File>,
    output_bytes: u64,
    limit_bytes: u64,
}

impl StderrCapture {
    /// Returns the capture and the program's end of the pipe.
    pub fn new(limit_bytes: u64) -> Result<(Self, OwnedFd), SandboxError> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).at(SandboxStep::MakePipes)?;
        rustix::io::ioctl_fionbio(&reader, true).at(SandboxStep::MakePipes)?;
        let capture = StderrCapture {
            pipe: Some(reader),
            output: None,
            output_bytes: 0,
            limit_bytes,
        };
        Ok((capture, writer))
    }

    /// Returns the descriptor to poll, until the stream has ended.
    pub fn pipe(&self) -> Option<&OwnedFd> {
        self.pipe.as_ref()
    }

    /// Reads what is available now, at most one buffer, so that one busy stream does not starve the
    /// clock. True if something was read.
    pub fn read_available(&mut self, buffer: &mut [u8]) -> Result<bool, SandboxError> {
        let Some(pipe) = &self.pipe else {
            return Ok(false);
        };
        match rustix::io::read(pipe, &mut *buffer) {
            Ok(0) => {
                self.pipe = None;
                Ok(false)
            }
            Ok(count) => self.store(&buffer[..count]).map(|()| true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(error).at(SandboxStep::Supervise),
        }
    }

    fn store(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        let room = self.limit_bytes.saturating_sub(self.output_bytes);
        let fitting_bytes = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let mut output = match self.output.take() {
            Some(output) => output,
            None => memfd::create("stderr").at(SandboxStep::Supervise)?,
        };
        output
            .write_all(&bytes[..fitting_bytes])
            .at(SandboxStep::Supervise)?;
        self.output = Some(output);
        self.output_bytes += fitting_bytes as u64;
        let beyond = &bytes[fitting_bytes..];
        self.overwrite_tail(beyond)
    }

    /// Overwrites the oldest bytes of the second half of the file, which is a ring from now on.
    fn overwrite_tail(&mut self, mut bytes: &[u8]) -> Result<(), SandboxError> {
        let Some(output) = &self.output else {
            return Ok(());
        };
        let ring = TailRing::of_limit(self.limit_bytes);
        while !bytes.is_empty() && ring.length > 0 {
            let at = ring.place_of(self.output_bytes);
            let until_wrap = ring.start + ring.length - at;
            let count = bytes
                .len()
                .min(usize::try_from(until_wrap).unwrap_or(usize::MAX));
            let (now, later) = bytes.split_at(count);
            output.write_all_at(now, at).at(SandboxStep::Supervise)?;
            self.output_bytes += count as u64;
            bytes = later;
        }
        Ok(())
    }

    /// Returns the file with the ring unrolled, and a line before it.
    fn without_middle(&self, output: &File) -> io::Result<File> {
        let ring = TailRing::of_limit(self.limit_bytes);
        let missing = self.output_bytes - self.limit_bytes;
        let mut whole = memfd::create("stderr")?;
        let oldest = ring.place_of(self.output_bytes);
        let newest = (ring.start, oldest - ring.start);
        let older = (oldest, ring.start + ring.length - oldest);
        copy_part(output, (0, ring.start), &mut whole)?;
        writeln!(whole, "\n[{missing} bytes are left out here]")?;
        copy_part(output, older, &mut whole)?;
        copy_part(output, newest, &mut whole)?;
        Ok(whole)
    }

    /// Reads the remainder, once every writer of the cell is dead.
    pub fn drain(&mut self, buffer: &mut [u8]) -> Result<(), SandboxError> {
        while self.read_available(buffer)? {}
        Ok(())
    }

    /// Seals and returns the output. `None` if there was none.
    pub fn into_sealed(self) -> Result<Option<OwnedFd>, SandboxError> {
        let output = match &self.output {
            Some(output) if self.output_bytes > self.limit_bytes => {
                Some(self.without_middle(output).at(SandboxStep::Supervise)?)
            }
            _ => self.output,
        };
        let sealed = output.map(|output| memfd::seal(output).map(OwnedFd::from));
        sealed.transpose().at(SandboxStep::Supervise)
    }
}

/// The second half of a capture's file, in which the last bytes are kept.
struct TailRing {
    start: u64,
    length: u64,
}

impl TailRing {
    fn of_limit(limit_bytes: u64) -> TailRing {
        let start = limit_bytes / 2;
        TailRing {
            start,
            length: limit_bytes - start,
        }
    }

    /// Returns the place in the file of the byte with this number.
    fn place_of(&self, number: u64) -> u64 {
        self.start + (number - self.start) % self.length.max(1)
    }
}

fn copy_part(source: &File, (at, length): (u64, u64), target: &mut File) -> io::Result<()> {
    let mut source = source;
    source.seek(SeekFrom::Start(at))?;
    io::copy(&mut source.take(length), target).map(drop)
}

/// Makes a file and a pipe for the captured streams, and puts the program's ends into the request.
pub fn connect_streams(
    run: &mut ReceivedRun,
    users: CellUsers,
) -> Result<OutputCaptures, SandboxError> {
    let limit = run.request.limits.output_bytes;
    let mut captures = OutputCaptures::default();
    if run.request.stdout == StreamKind::Captured {
        let (capture, writer) = OutputFile::new(limit)?;
        run.stdout = Some(writer);
        captures.stdout = Some(capture);
    }
    if run.request.stderr == StreamKind::Captured {
        let (capture, writer) = StderrCapture::new(limit)?;
        if users.init_outside.is_some() {
            // So that the program can open /dev/stdout, which checks the pipe's owner again.
            let uid = rustix::fs::Uid::from_raw(users.program_outside);
            rustix::fs::fchown(&writer, Some(uid), None).map_err(root_without_rights)?;
        }
        // Write-only: a program that reads from it (`#include "/dev/stderr"`) would wait for
        // itself.
        rustix::fs::fchmod(&writer, Mode::WUSR).at(SandboxStep::MakePipes)?;
        run.stderr = Some(writer);
        captures.stderr = Some(capture);
    }
    Ok(captures)
}

fn root_without_rights(error: rustix::io::Errno) -> SandboxError {
    let fix = "root without its capabilities can't make cells, any other user can: `docker run \
        --user 1000:1000`";
    SandboxError::new(SandboxStep::MakePipes, format!("{error}; {fix}"))
}

/// Captures of both output streams, if requested.
#[derive(Default)]
pub struct OutputCaptures {
    pub stdout: Option<OutputFile>,
    pub stderr: Option<StderrCapture>,
}

impl OutputCaptures {
    /// True if standard output is beyond its limit. Standard error has no such limit.
    pub fn exceeded(&self) -> Result<bool, SandboxError> {
        let stdout = self.stdout.as_ref().map(OutputFile::exceeded).transpose()?;
        Ok(stdout.unwrap_or(false))
    }

    /// Returns standard output and standard error, sealed, as far as there is any. Every writer
    /// must be dead.
    pub fn into_sealed(self) -> Result<[Option<OwnedFd>; 2], SandboxError> {
        let stdout = self.stdout.map(OutputFile::into_sealed).transpose()?;
        let stderr = self.stderr.map(StderrCapture::into_sealed).transpose()?;
        Ok([stdout.flatten(), stderr.flatten()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(written: &[u8], limit_bytes: u64) -> Vec<u8> {
        let (mut capture, writer) = StderrCapture::new(limit_bytes).unwrap();
        File::from(writer).write_all(written).unwrap();
        capture.drain(&mut [0; 7]).unwrap();
        let mut output = Vec::new();
        if let Some(fd) = capture.into_sealed().unwrap() {
            File::from(fd).read_to_end(&mut output).unwrap();
        }
        output
    }

    #[test]
    fn middle_is_dropped_beyond_the_limit() {
        let written: Vec<u8> = (b'a'..=b'z').collect();
        for length in 0..=written.len() {
            let output = captured(&written[..length], 10);
            if length <= 10 {
                assert_eq!(output, &written[..length]);
                continue;
            }
            let missing = length - 10;
            let tail = std::str::from_utf8(&written[length - 5..length]).unwrap();
            let expected = format!("abcde\n[{missing} bytes are left out here]\n{tail}");
            assert_eq!(String::from_utf8(output).unwrap(), expected);
        }
        let nothing = captured(b"x", 0);
        assert!(nothing.len() < 50, "{nothing:?}");
    }
}
