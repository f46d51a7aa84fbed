//! Captures a program's standard output as a file, up to a limit.
//!
//! Runtimes write to a file at once and to its end, where writes to a pipe may be asynchronous and
//! lost when the program exits; other judges redirect to a file too. The file is anonymous, new for
//! each run, and its pages are charged to the program's group as they are written. What is handed
//! out is a copy: otherwise pages of one run would be charged to a kept cell during the next.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags, fchmod, openat};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep, memfd};

/// Longest time between two looks at the file's size. What is written in between is bounded by the
/// largest file that the program may write, and by its memory.
pub const OUTPUT_LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// The file that a program writes its standard output to.
pub struct OutputFile {
    file: File,
    limit_bytes: u64,
}

impl OutputFile {
    /// Returns the capture and the program's descriptor.
    pub fn new(limit_bytes: u64) -> Result<(Self, OwnedFd), SandboxError> {
        let file = memfd::create_output("stdout").at(SandboxStep::MakeOutput)?;
        // A program may open /dev/stdout to write, but never to read. If the cell has users of its
        // own, the file is not theirs, and its mode can't be changed.
        fchmod(&file, Mode::from_raw_mode(0o222)).at(SandboxStep::MakeOutput)?;
        // Not a duplicate: that would be readable, and share our position.
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let writer = openat(CWD, path, flags, Mode::empty()).at(SandboxStep::MakeOutput)?;
        Ok((OutputFile { file, limit_bytes }, writer))
    }

    fn size_bytes(&self) -> Result<u64, SandboxError> {
        let metadata = self.file.metadata().at(SandboxStep::Supervise)?;
        Ok(metadata.len())
    }

    /// True if the file is larger than the limit.
    pub fn exceeded(&self) -> Result<bool, SandboxError> {
        Ok(self.size_bytes()? > self.limit_bytes)
    }

    /// Returns a sealed copy of the first `limit_bytes`, once every writer of the cell is dead.
    /// `None` if the file is empty.
    pub fn into_sealed(mut self) -> Result<Option<OwnedFd>, SandboxError> {
        let kept_bytes = self.size_bytes()?.min(self.limit_bytes);
        if kept_bytes == 0 {
            return Ok(None);
        }
        self.file
            .set_len(kept_bytes)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .and_then(|_| memfd::sealed_copy("stdout", self.file))
            .map(Some)
            .at(SandboxStep::Supervise)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn capture_of(written: &[u8], limit_bytes: u64) -> (Vec<u8>, bool) {
        let (capture, writer) = OutputFile::new(limit_bytes).unwrap();
        File::from(writer).write_all(written).unwrap();
        let exceeded = capture.exceeded().unwrap();
        let mut output = Vec::new();
        if let Some(fd) = capture.into_sealed().unwrap() {
            File::from(fd).read_to_end(&mut output).unwrap();
        }
        (output, exceeded)
    }

    #[test]
    fn output_is_cut_after_the_limit() {
        assert_eq!(capture_of(b"", 4), (b"".to_vec(), false));
        assert_eq!(capture_of(b"abcd", 4), (b"abcd".to_vec(), false));
        assert_eq!(capture_of(b"abcde", 4), (b"abcd".to_vec(), true));
        assert_eq!(capture_of(b"x", 0), (b"".to_vec(), true));
    }

    #[test]
    fn the_program_can_neither_read_nor_seal_its_output() {
        let (_capture, writer) = OutputFile::new(4).unwrap();
        let seal = rustix::fs::fcntl_add_seals(&writer, rustix::fs::SealFlags::GROW);
        assert_eq!(seal, Err(rustix::io::Errno::PERM));
        let read = rustix::io::read(&writer, &mut [0; 1][..]);
        assert_eq!(read, Err(rustix::io::Errno::BADF));
    }
}
