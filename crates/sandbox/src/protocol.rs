//! Messages between the service, the jail helper, a cell's supervisor and its init.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;

use serde::{Deserialize, Serialize};

use crate::wire::{WireError, receive, send};
use crate::{CellProfile, Degradation, Isolation, Limits, Outcome, ResourceUsage, SandboxError};

/// The first thing that the helper is told. Too large for a message: it has files in it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HelperSetup {
    pub profiles: Vec<CellProfile>,
    pub isolation: Isolation,
}

/// More than that is no setup.
const MAX_SETUP_BYTES: u64 = 16 << 20;

impl HelperSetup {
    /// The message is empty, and its descriptor is a file.
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

/// The helper's answer to [`HelperSetup`]: what it is able to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelperInfo {
    /// 1 or 2; `None` where there is none that could be used.
    pub cgroup_version: Option<u8>,
    /// `Limits::io_bytes_per_second` is enforced.
    pub limits_io: bool,
    /// The helper is root, so cells get users of their own.
    pub privileged: bool,
    /// Interpreters may wait in cells: needs a user that programs are not, and a control group.
    pub supports_warm_interpreters: bool,
    /// What is weaker than it should be, and was accepted.
    pub degraded: Vec<Degradation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StreamKind {
    /// The next descriptor of the message.
    Given,
    /// A pipe that the supervisor drains, up to the output limit.
    Captured,
    Null,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProgramKind {
    /// A path inside the cell.
    Path(String),
    /// The next descriptor of the message is executed itself.
    Given,
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

/// Asks the helper for a cell. Its one descriptor is the socket on which the cell then takes
/// [`RunMessage`]s, one after another, and sends an [`RunReply`] to each; `null` is none, and gives one of low priority
/// that is at work an ordinary one ([`crate::PriorityBoost`]). The cell lives until that
/// socket is closed, or until an answer says that it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MakeCell {
    pub profile: String,
    /// With the profile's interpreter waiting in it, if that can be.
    #[serde(default)]
    pub warm: bool,
}

/// One run. Its descriptors, in order: stdin, stdout and stderr as far as they are `Given`, then
/// the program if it is `Given`, then the files.
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
}

/// The answer, with descriptors for captured stdout and stderr as far as they are `true` in `said`, and
/// each collected file that is `true` in `collected`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunReply {
    pub result: Result<RunReport, SandboxError>,
    /// The cell is clean again and takes another request; otherwise it is gone.
    pub reusable: bool,
    /// Why no interpreter waited in a cell that was to have one.
    pub cold_because: Option<SandboxError>,
}

impl RunReply {
    /// A cell in which something failed is not used again.
    pub fn failed(error: SandboxError) -> Self {
        RunReply {
            result: Err(error),
            reusable: false,
            cold_because: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunReport {
    pub outcome: Outcome,
    pub usage: ResourceUsage,
    /// Whether anything came through stdout and stderr, where they were captured.
    pub said: [bool; 2],
    pub collected: Vec<bool>,
}

/// What the init tells its supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum InitMessage {
    /// The cell is built. Descriptors: the two folders that a program can write to, and `/dev/null`.
    Ready,
    /// Nothing is left in the folders.
    Cleaned,
    /// The files have been written.
    Furnished,
    /// Descriptors: the files that were there.
    Collected { collected: Vec<bool> },
    /// A step failed; the init ends.
    Failed(SandboxError),
}

/// What the supervisor tells the init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InitCommand {
    /// Identity maps and cgroup are in place: build the cell. Descriptor: the launcher's end of its
    /// socket, which comes from outside because a cell sees the sockets that were made in it.
    Build,
    /// Before a run. Descriptors: the contents of the files.
    Furnish {
        workspace_bytes: u64,
        files: Vec<FileSpec>,
    },
    /// After a run. Where that has left processes behind, they are ended before, and all others of the
    /// cell with them.
    Collect {
        files: Vec<CollectSpec>,
        end_everything: bool,
    },
    /// The interpreter that was to fork itself does not: end it, and have an ordinary launcher instead.
    /// Descriptor: its socket.
    StartCold,
    /// Make the cell's folders as if nothing had ever run in it.
    Clean,
}
