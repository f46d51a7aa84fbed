//! Runs one process in a *cell* and reports how it ended.
//!
//! # Theory of operation
//!
//! ```text
//!  the service (threads, Tokio, no privileges needed)
//!     │ Jail::start: one jail helper, with the profiles of all cells
//!     ▼
//!  jail helper (single-threaded, the same binary re-executed; keeps root if it has it)
//!     │ fork per cell
//!     ▼
//!  supervisor (single-threaded, outside the cell: takes requests; clock, counters, capture, kill)
//!     │ clone3: user, pid, mount, net, ipc, uts namespaces; cgroup
//!     ▼
//!  init (pid 1 of the cell: builds the root, reaps, collects files; never runs untrusted code)
//!     │ fork, identity, capabilities, no_new_privs, Landlock, seccomp
//!     ▼
//!  launcher (starts one program after another, and reaps its processes)
//!     │ spawn; wait for an exec request; exec
//!     ▼
//!  the program
//! ```
//!
//! A cell takes one run after another, each over the cell's own `SOCK_SEQPACKET` socket with
//! descriptors for everything it needs: standard streams, the program, files for `/workspace`. It
//! is clean before each: every process of the last run is dead, and the writable folders are as
//! new. When the requester dies, its end of the socket closes, and the supervisor ends the cell;
//! when the supervisor dies, the init's parent-death signal ends it, and with it every process of
//! its pid namespace. So a `kill -9` anywhere leaves no process behind.
//!
//! # Absent on purpose
//!
//! - No language, problem or verdict: this crate depends on nothing else of ours.
//! - No path that a cell can write is ever opened by the host: files go in and out as descriptors,
//!   and the init opens results beneath `/workspace` without following links, after every process
//!   of the run is dead.
//! - No thread and no async runtime in the helper, so that everything between fork and exec is
//!   ordinary code.
//! - No `unsafe` outside `sys/`.

mod activity;
mod cgroup;
mod client;
mod denied_syscall;
mod error;
mod fd;
#[doc(hidden)]
pub mod hot;
mod jail;
mod layer;
mod limits;
mod memfd;
mod outcome;
pub mod privileges;
mod process_memory;
mod profile;
mod protocol;
mod run_request;
mod seccomp;
#[allow(unsafe_code)]
mod sys;
mod wire;

pub use activity::{RunActivity, WatchLimits, WatchedRate};
pub use client::{Jail, JailConfig, PriorityBoost, RunAbort, RunResult, RunningCell};
pub use denied_syscall::DeniedSyscall;
pub use error::{SandboxError, SandboxStep};
pub use jail::run_helper;
pub use layer::{Degradation, Isolation, Layer, UnknownLayer};
pub use limits::{Limits, ResourceUsage};
pub use memfd::sealed_copy;
pub use outcome::Outcome;
pub use profile::{CellProfile, ColdStart, RootPart, WarmInterpreter, system_libraries};
pub use protocol::HelperInfo;
pub use run_request::{Artifact, CollectFile, InputFile, ProgramSource, RunRequest, StdStream};
pub use seccomp::{policy_names, policy_text};
