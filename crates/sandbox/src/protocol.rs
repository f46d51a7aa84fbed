//! Messages between the service, the jail helper, a cell's supervisor and its init.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;

use serde::{Deserialize, Serialize};

use crate::wire::{WireError, receive, send};
use crate::{
    CellProfile, Degradation, DeniedSyscall, Isolation, Limits, Outcome, ResourceUsage,
    RunActivity, SandboxError, WatchLimits,
};

/// First message to the helper: what cells look like. Sent as a file, because the contents of
/// files are in it, which are too large for a datagram.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HelperSetup {
    pub profiles: Vec<CellProfile>,
    pub isolation: Isolation,
}

/// Larger setups are refused.
const MAX_SETUP_BYTES: u64 = 16 << 20;

impl HelperSetup {
    /// Sends an empty message whose descriptor is a file with the setup.
    pub fn send(&self, socket: impl AsFd) -> Result<(), WireError> {
        let bytes = serde_json::to_vec(self)?;
        let file = crate::sealed_copy("setup", bytes.as_slice())?;
        send(socket, &(), &[file.as_fd()])
    }

    pub fn receive(socket: impl AsFd) -> Result<HelperSetup, WireError> {
        let ((), fds) = receive(socket)?;
        let file = fds.into_iter().next().ok_or(WireError::Closed)?;
        let mut bytes = Vec::new();
        File::from(file)
            .take(MAX_SETUP_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// The helper's reply to `HelperSetup`: what it supports on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelperInfo {
    /// 1 or 2; `None` if no cgroup hierarchy can be used.
    pub cgroup_version: Option<u8>,
    /// `Limits::io_bytes_per_second` is enforced.
    pub limits_io: bool,
    /// True if the helper is root, so that cells get users of their own.
    pub privileged: bool,
    /// True if warm interpreters can wait in cells: needs a user apart from the programs', and a
    /// control group.
    pub supports_warm_interpreters: bool,
    /// Layers that are weaker than they should be, and were accepted.
    pub degraded: Vec<Degradation>,
    /// The reason why denied system calls are not named here; they end a program all the same.
    pub unnamed_calls: Option<SandboxError>,
    /// The reason why system calls are not counted here.
    pub uncounted_calls: Option<SandboxError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StreamKind {
    /// The next descriptor of the message.
    Fd,
    /// A pipe that the supervisor drains, up to the output limit.
    Captured,
    Null,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProgramKind {
    /// A path inside the cell.
    Path(String),
    /// The next descriptor of the message, executed without a path.
    Fd,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileSpec {
    /// A relative path below `/workspace`.
    pub name: String,
    pub executable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CollectSpec {
    pub name: String,
    pub max_bytes: u64,
}

/// Asks the helper for a cell. Its one descriptor is the socket on which the cell takes
/// [`RunMessage`]s, one after another, and sends a [`RunReply`] to each. The message `null` is no
/// run: it raises a running one of low priority to ordinary priority ([`crate::PriorityBoost`]).
/// The cell lives until that socket is closed, or until a reply says that it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MakeCell {
    pub profile: String,
    /// Start the profile's warm interpreter in it, if there is one and the machine allows it.
    #[serde(default)]
    pub warm: bool,
}

/// One run. Its descriptors, in order: stdin, stdout and stderr as far as they are `Fd`, then
/// the program if it is `Fd`, then the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunMessage {
    pub limits: Limits,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub program: ProgramKind,
    pub stdin: StreamKind,
    pub stdout: StreamKind,
    pub stderr: StreamKind,
    pub files: Vec<FileSpec>,
    pub collect: Vec<CollectSpec>,
    #[serde(default)]
    pub watch: Option<WatchLimits>,
}

/// Reply to a [`RunMessage`], with descriptors for captured stdout and stderr as far as they are
/// `true` in `has_output`, and for each collected file that is `true` in `collected`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunReply {
    pub result: Result<RunReport, SandboxError>,
    /// True if the cell takes another run; otherwise it has ended.
    pub reusable: bool,
    /// Error because of which a warm cell ran without its interpreter.
    pub warm_start_error: Option<SandboxError>,
}

impl RunReply {
    /// An error; the cell is not used again.
    pub fn failed(error: SandboxError) -> Self {
        RunReply {
            result: Err(error),
            reusable: false,
            warm_start_error: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunReport {
    pub outcome: Outcome,
    pub denied_call: Option<DeniedSyscall>,
    pub usage: ResourceUsage,
    pub activity: RunActivity,
    /// True for stdout and stderr if captured and not empty.
    pub has_output: [bool; 2],
    pub collected: Vec<bool>,
}

/// Message from the init to its supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum InitMessage {
    /// The cell is built. Descriptors: the two writable folders, and `/dev/null`.
    Ready,
    /// The writable folders are empty.
    Cleaned,
    /// The input files have been written.
    Populated,
    /// Descriptors: the files that were found.
    Collected { collected: Vec<bool> },
    /// A step failed; the init ends.
    Failed(SandboxError),
}

/// Command from the supervisor to the init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InitCommand {
    /// Identity maps and cgroup are in place: build the cell. Descriptor: the launcher's end of its
    /// socket, which is made outside because a cell can list the sockets that were made in it.
    Build,
    /// Before a run: write the input files. Descriptors: their contents.
    Populate {
        workspace_bytes: u64,
        files: Vec<FileSpec>,
    },
    /// After a run: collect files. If the run left processes behind, `kill_all` ends every process
    /// of the cell before that.
    Collect {
        files: Vec<CollectSpec>,
        kill_all: bool,
    },
    /// The warm interpreter failed: kill it, and start the built-in launcher instead. Descriptor:
    /// its socket.
    StartCold,
    /// Empty the writable folders and restore their metadata.
    Clean,
}
