//! Messages from a launcher to its supervisor: the form on the wire.
//!
//! One datagram each: `R` (ready: a process waits for a request), `E` (exited, see
//! [`LauncherMessage::encode_exited`]) or `F` (the program could not be started) with a text: an
//! error of ours as JSON, or any other text.

use std::time::Duration;

use super::bytes::{long_number, number};
use crate::outcome::ProcessExit;
use crate::{SandboxError, SandboxStep};

/// Message of a launcher when a process waits for the next request.
pub const READY: &[u8] = b"R";

/// A decoded message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LauncherMessage {
    /// A process waits for the next request. Resources that it uses from now on count as the
    /// program's.
    Ready,
    /// The program's main process has ended.
    Exited(ExitReport),
    /// The program could not be started.
    Failed(SandboxError),
}

/// End of a program's main process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitReport {
    pub exit: ProcessExit,
    /// Largest resident set of all processes that were reaped with it, or 0 if unknown.
    pub max_rss_bytes: u64,
    /// CPU time of all processes that the launcher has ever reaped.
    pub cpu_time: Duration,
    /// True if no process that the program started is still alive.
    pub no_orphans: bool,
}

const EXITED_BYTES: usize = 1 + 4 + 8 + 8 + 1;

impl LauncherMessage {
    /// Encodes `E`, the wait status, KiB, microseconds, and 1 if there are no orphans.
    pub fn encode_exited(
        status: i32,
        max_rss_bytes: u64,
        cpu_time: Duration,
        no_orphans: bool,
    ) -> Vec<u8> {
        let micros = u64::try_from(cpu_time.as_micros()).unwrap_or(u64::MAX);
        let mut message = Vec::with_capacity(EXITED_BYTES);
        message.push(b'E');
        message.extend(status.to_le_bytes());
        message.extend((max_rss_bytes / 1024).to_le_bytes());
        message.extend(micros.to_le_bytes());
        message.push(no_orphans.into());
        message
    }

    /// Encodes `F` and the error.
    pub fn encode_failed(error: &SandboxError) -> Vec<u8> {
        let mut message = vec![b'F'];
        message.extend(serde_json::to_vec(error).unwrap_or_default());
        message
    }

    pub fn decode(bytes: &[u8]) -> Option<LauncherMessage> {
        match bytes.split_first()? {
            _ if bytes == READY => Some(LauncherMessage::Ready),
            (b'F', text) => Some(LauncherMessage::Failed(
                serde_json::from_slice(text).unwrap_or_else(|_| {
                    SandboxError::new(SandboxStep::Execute, String::from_utf8_lossy(text))
                }),
            )),
            (b'E', fields) if bytes.len() == EXITED_BYTES => {
                Some(LauncherMessage::Exited(ExitReport {
                    exit: ProcessExit::of_status(number(fields, 0) as i32),
                    max_rss_bytes: long_number(fields, 4).saturating_mul(1024),
                    cpu_time: Duration::from_micros(long_number(fields, 12)),
                    no_orphans: fields[20] == 1,
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
    fn messages_survive_a_round_trip() {
        let time = Duration::from_micros(1234);
        let message =
            LauncherMessage::decode(&LauncherMessage::encode_exited(0x700, 5 << 20, time, true))
                .unwrap();
        let expected = ExitReport {
            exit: ProcessExit::Code(7),
            max_rss_bytes: 5 << 20,
            cpu_time: time,
            no_orphans: true,
        };
        assert_eq!(message, LauncherMessage::Exited(expected));
        assert_eq!(LauncherMessage::decode(b"R"), Some(LauncherMessage::Ready));
        let plain = SandboxError::new(SandboxStep::Execute, "no");
        assert_eq!(
            LauncherMessage::decode(b"Fno"),
            Some(LauncherMessage::Failed(plain))
        );
        let error = SandboxError::new(SandboxStep::Landlock, "no");
        assert_eq!(
            LauncherMessage::decode(&LauncherMessage::encode_failed(&error)),
            Some(LauncherMessage::Failed(error))
        );
        for malformed in [&b""[..], b"E", b"Rx", b"?"] {
            assert_eq!(LauncherMessage::decode(malformed), None);
        }
    }
}
