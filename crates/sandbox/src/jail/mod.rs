//! The processes of the jail: the helper, and for each cell a supervisor, an init and a launcher.
//!
//! ```text
//! helper ── supervisor ── requester (runs come in) ── cell ── watch (one run) ── capture, output_file, idle, monitor
//!     │                                                 │
//!     │                                                 │ protocol.rs
//!     │                                                init ── root, workspaces, files
//!     │                                                 │
//!     └ plan, identity, blueprint                    launcher ── exec_request, launcher_message
//! ```

mod blueprint;
mod bytes;
mod capture;
mod cell;
pub(crate) mod exec_request;
mod files;
mod folders;
mod helper;
mod identity;
mod idle;
mod init;
mod instance;
mod landlock;
mod launcher;
mod launcher_message;
mod listener;
mod monitor;
mod no_cgroup;
mod output_file;
mod paths;
mod plan;
mod requester;
mod root;
mod run_start;
mod starvation;
mod supervisor;
mod syscall_counter;
mod watch;
mod workspaces;

pub use helper::run_helper;
