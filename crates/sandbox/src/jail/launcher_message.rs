//! Messages from a launcher to its supervisor.

use std::time::Duration;

use super::bytes::{long_number, number};
use crate::outcome::ProcessExit;
use crate::{SandboxError, SandboxStep};

/// What a launcher says when a process waits for the next order.
pub const READY: &[u8] = b"R";

/// What a launcher says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LauncherMessage {
    /// A process waits for the next order. What it uses from then on is the program's.
    Ready,
    /// The program's main process ended.
    Exited(ExitReport),
    /// The program could not be started.
    Failed(SandboxError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitReport {
    pub exit: ProcessExit,
    /// The largest resident set of all that were waited for, or 0 where that is not known.
    pub max_rss_bytes: u64,
    /// Of all that the launcher ever waited for.
    pub cpu_time: Duration,
    /// Nothing that the program started lives on.
    pub alone: bool,
}

const ENDED_BYTES: usize = 1 + 4 + 8 + 8 + 1;

impl LauncherMessage {
    /// `E`, the wait status, KiB, microseconds, and 1 for alone.
    pub fn ended(status: i32, max_rss_bytes: u64, cpu_time: Duration, alone: bool) -> Vec<u8> {
        let micros = u64::try_from(cpu_time.as_micros()).unwrap_or(u64::MAX);
        let mut said = Vec::with_capacity(ENDED_BYTES);
        said.push(b'E');
        said.extend(status.to_le_bytes());
        said.extend((max_rss_bytes / 1024).to_le_bytes());
        said.extend(micros.to_le_bytes());
        said.push(alone.into());
        said
    }

    /// What went wrong, as it will be read.
    pub fn failed(error: &SandboxError) -> Vec<u8> {
        let mut said = vec![b'F'];
        said.extend(serde_json::to_vec(error).unwrap_or_default());
        said
    }

    pub fn read(bytes: &[u8]) -> Option<LauncherMessage> {
        match bytes.split_first()? {
            _ if bytes == READY => Some(LauncherMessage::Ready),
            (b'F', text) => Some(LauncherMessage::Failed(
                serde_json::from_slice(text).unwrap_or_else(|_| {
                    SandboxError::new(SandboxStep::Execute, String::from_utf8_lossy(text))
                }),
            )),
            (b'E', rest) if bytes.len() == ENDED_BYTES => {
                Some(LauncherMessage::Exited(ExitReport {
                    exit: ProcessExit::of_status(number(rest, 0) as i32),
                    max_rss_bytes: long_number(rest, 4).saturating_mul(1024),
                    cpu_time: Duration::from_micros(long_number(rest, 12)),
                    alone: rest[20] == 1,
                }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_as_it_was_said() {
        let time = Duration::from_micros(1234);
        let said =
            LauncherMessage::read(&LauncherMessage::ended(0x700, 5 << 20, time, true)).unwrap();
        let expected = ExitReport {
            exit: ProcessExit::Code(7),
            max_rss_bytes: 5 << 20,
            cpu_time: time,
            alone: true,
        };
        assert_eq!(said, LauncherMessage::Exited(expected));
        assert_eq!(LauncherMessage::read(b"R"), Some(LauncherMessage::Ready));
        let plain = SandboxError::new(SandboxStep::Execute, "no");
        assert_eq!(
            LauncherMessage::read(b"Fno"),
            Some(LauncherMessage::Failed(plain))
        );
        let error = SandboxError::new(SandboxStep::Landlock, "no");
        assert_eq!(
            LauncherMessage::read(&LauncherMessage::failed(&error)),
            Some(LauncherMessage::Failed(error))
        );
        for other in [&b""[..], b"E", b"Rx", b"?"] {
            assert_eq!(LauncherMessage::read(other), None);
        }
    }
}
